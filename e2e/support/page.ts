// What holds of every page: a heading, accessible in both themes, within its width.

import { expect, type Page } from '@playwright/test';
import { expectAccessibleAt } from './accessible.ts';
import { screens } from './screens.ts';
import { inBothSizes } from './sizes.ts';

/** Checks a page in both sizes, and keeps it as a picture. */
export async function expectWellMade(page: Page, name: string): Promise<void> {
  await inBothSizes(page, async (size) => {
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectAccessibleAt(page, size);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow, `no sideways scroll, ${size}`).toBeLessThanOrEqual(0);
  });
  await screens(page, name);
}
