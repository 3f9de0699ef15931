// Letters by e-mail: the list, and a forgotten password, on a server without a mail server.

import { expect, expectAccessible, screens, signIn, test } from '../support/test.ts';

test('a registrar reads that no letters are sent, and how that changes', async ({ page }) => {
  await signIn(page, 'registrar');
  await page.goto('/settings');
  await page.getByRole('link', { name: 'What became of each letter' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Letters');
  await expect(page.getByText('sends no letters: everything else works')).toBeVisible();
  await expectAccessible(page);
  await screens(page, 'letters');
});

test('whoever forgot their password learns what to do', async ({ page }) => {
  await page.goto('/forgot');
  await expect(page.getByRole('link', { name: 'use it here' })).toBeVisible();
  await expectAccessible(page);
  await screens(page, 'forgot');
});
