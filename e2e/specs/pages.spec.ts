// Every page of every role: accessible in both themes, within its width, and kept as a picture.

import { expect, expectAccessible, screens, signIn, test } from '../support/test.ts';

const PAGES: Record<string, string[]> = {
  student: ['/', '/mark'],
  teacher: ['/'],
  registrar: [
    '/overview',
    '/people',
    '/people/new',
    '/classes',
    '/classes/new',
    '/terms',
    '/courses',
    '/journal',
    '/settings',
    '/logins',
    '/search',
  ],
};

for (const [role, paths] of Object.entries(PAGES)) {
  for (const path of paths) {
    test(`${role} reads ${path}`, async ({ page }) => {
      await signIn(page, role);
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expectAccessible(page);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, 'no sideways scroll').toBeLessThanOrEqual(0);
      const name = path === '/' ? 'today' : path.slice(1).replaceAll('/', '-');
      await screens(page, `${role}-${name}`);
    });
  }
}
