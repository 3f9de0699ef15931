// Signing in: the first page that anybody sees.

import { demo, expect, expectAccessible, screens, signIn, test } from '../support/test.ts';

test('the sign-in page is readable for everybody', async ({ page }) => {
  await page.goto('/sign-in');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expectAccessible(page);
  await screens(page, 'login');
});

test('a wrong password is answered by a sentence and changes nothing', async ({
  page,
  consoleErrors,
}) => {
  consoleErrors.allow(/status of 4\d\d/);
  await page.goto('/sign-in');
  await page.locator('input[name=identifier]').fill('nobody-here');
  await page.locator('input[name=password]').fill('a wrong password');
  await page.locator('input[name=password]').press('Enter');
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.locator('input[name=identifier]')).toHaveValue('nobody-here');
  await expectAccessible(page);
  await screens(page, 'login-refused');
});

test('every role of the demo signs in and finds a first page', async ({ page }) => {
  for (const { role } of demo().sign_ins) {
    await page.context().clearCookies();
    await signIn(page, role, { fresh: true });
    await expect(page.getByRole('heading', { level: 1 }), role).toBeVisible();
  }
});
