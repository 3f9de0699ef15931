// The sizes in which every page is looked at, whichever of them the spec itself works in.

import { test, type Page, type ViewportSize } from '@playwright/test';

export const SIZES = {
  phone: { width: 360, height: 740 },
  desktop: { width: 1280, height: 800 },
} as const;

/**
 * Looks at a page as it is, then in the other size: to load it there anew would take longer, and in
 * the middle of a job it is not possible. A page that its spec opened in some other size stays in it.
 */
export async function inBothSizes(page: Page, look: (size: string) => Promise<void>): Promise<void> {
  const { name, use } = test.info().project;
  const own = page.viewportSize();
  const known = Object.entries(SIZES).find(([, size]) => same(size, own));
  await look(known?.[0] ?? name);
  if (own === null || !same(own, use.viewport)) return;
  for (const [other, size] of Object.entries(SIZES)) {
    if (same(own, size)) continue;
    await page.setViewportSize(size);
    // A bar that stays at an edge lies over something else now.
    await page.evaluate(() => scrollTo(0, 0));
    await look(other);
  }
  await page.setViewportSize(own);
}

function same(one: ViewportSize, other: ViewportSize | null | undefined): boolean {
  return one.width === other?.width && one.height === other.height;
}
