// After an import: codes for first passwords, on slips that are shown once.

import { expect, expectWellMade, signIn, test } from '../support/test.ts';

test('people whom an import added get slips, and choose a password', async ({ page }) => {
  const own = 'FIRST-1';
  const text = `number,name\n${own}-1,Ida Novak ${own}\n${own}-2,Jon Okafor ${own}\n`;
  await signIn(page, 'registrar');
  await page.goto('/imports');
  await page.getByLabel('What it holds').selectOption('People');
  const file = { name: `${own}.csv`, mimeType: 'text/csv', buffer: Buffer.from(text) };
  await page.locator('#file').setInputFiles(file);
  await page.getByRole('button', { name: 'Upload and check' }).click();
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByRole('link', { name: 'Give them codes' }).click();
  await expect(page.getByRole('heading', { name: '2 people wait for a first password' })).toBeVisible();
  await expectWellMade(page, 'first-codes');
  await page.getByRole('button', { name: 'Make slips to print' }).click();
  const slips = page.getByRole('list', { name: 'Slips' }).getByRole('listitem');
  await expect(slips).toHaveCount(2);
  await expect(slips.first()).toContainText(`${own}-1`);
  await expect(slips.first()).toContainText('/reset');
  await expectWellMade(page, 'first-slips');

  const code = (await slips.first().locator('.mono').textContent()) ?? '';
  await page.context().clearCookies();
  await page.goto(`/reset?code=${code}`);
  await page.getByLabel('New password').fill('lamp river seventeen');
  await page.locator('main form button').last().click();
  await expect(page.getByText('new password is set')).toBeVisible();
});
