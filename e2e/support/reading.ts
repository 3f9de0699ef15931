// Pages that somebody only reads: one window goes through all of them, since a window of its own costs
// more than many a page.

import { expectWellMade, signIn, test } from './test.ts';

/** How long a page may take: the slowest machines share their processors. */
export const PAGE_MS = 60_000;

/** Defines a test that goes through pages as a role. */
export function reads(role: string, paths: readonly string[]): void {
  test(`pages read as ${role} are well made`, async ({ page }) => {
    test.setTimeout(PAGE_MS * paths.length);
    await signIn(page, role);
    for (const path of paths) {
      await test.step(path, async () => {
        await page.goto(path);
        await expectWellMade(page, nameOf(role, path));
      });
    }
  });
}

/** What a picture of a page is called. */
function nameOf(role: string, path: string): string {
  const words = path === '/' ? ['today'] : (path.match(/[a-z]+/g) ?? []);
  return [...role.split(' '), ...words].join('-');
}
