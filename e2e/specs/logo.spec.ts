// The logo on documents.

import { expect, expectWellMade, signIn, test } from '../support/test.ts';

test('a logo is stored and removed', async ({ page, consoleErrors }) => {
  consoleErrors.allow(/422/);
  await signIn(page, 'registrar');
  await page.goto('/settings/documents');
  const file = page.getByLabel('New logo');
  const store = page.getByRole('button', { name: 'Store the logo' });
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
  await file.setInputFiles({ name: 'logo.svg', mimeType: 'image/svg+xml', buffer: svg });
  await store.click();
  await expect(page.locator('#logo-error')).toContainText('not a JPEG, PNG or WebP picture');
  const png = await page.getByRole('heading', { level: 1 }).screenshot();
  await file.setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: png });
  await store.click();
  await expect(page.getByRole('img', { name: 'The logo' })).toBeVisible();
  await expectWellMade(page, 'documents-logo');
  await page.getByRole('button', { name: 'Remove the logo' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove the logo' }).click();
  await expect(page.getByText('The logo is gone')).toBeVisible();
});
