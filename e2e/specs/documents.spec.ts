// Documents on paper: a template edited with its preview, and PDF files.

import { readFile } from 'node:fs/promises';
import { expect, expectWellMade, signIn, test, type Page } from '../support/test.ts';

/** Clicks a link to a PDF, and passes if one arrives. */
async function getsPdf(page: Page): Promise<void> {
  const arriving = page.waitForEvent('download');
  await page.getByRole('link', { name: 'PDF', exact: true }).click();
  const file = await arriving;
  expect(file.suggestedFilename()).toMatch(/\.pdf$/);
  const bytes = await readFile(await file.path());
  expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
}

test('a template is previewed, refused with its line, saved and taken back', async ({
  page,
  consoleErrors,
}) => {
  consoleErrors.allow(/422/);
  const name = 'Register';
  await signIn(page, 'registrar');
  await page.goto('/settings');
  await page.getByRole('link', { name: 'Logo and templates' }).click();
  await expectWellMade(page, 'documents');
  await page.getByRole('link', { name, exact: true }).click();
  await expectWellMade(page, 'document-template');

  await page.getByRole('button', { name: 'Preview' }).click();
  const sheet = page.getByRole('img', { name: `${name}, sample, page 1 of` });
  await expect(sheet).toBeVisible();
  expect(await sheet.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(500);
  // Further down the bar at the top stands over what was read.
  await page.evaluate(() => window.scrollTo(0, 0));
  await expectWellMade(page, 'document-preview');

  const source = page.getByLabel('Template', { exact: true });
  const standard = await source.inputValue();
  await source.fill('#let sheet(item, files, common) = {\n  item.nmae\n}');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('#source-error')).toContainText('line 2, column');
  await expect(source).toHaveValue(/item\.nmae/);
  await page.evaluate(() => window.scrollTo(0, 0));
  await expectWellMade(page, 'document-refused');

  await source.fill(`// Ours\n${standard}`);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved: documents made from now on')).toBeVisible();
  await page.getByRole('button', { name: 'Back to the one it came with' }).click();
  const asked = page.getByRole('dialog');
  await asked.getByRole('button', { name: 'Back to the one it came with' }).click();
  await expect(page.getByText('follow the template that comes with Muster')).toBeVisible();
  await expect(source).toHaveValue(standard);
});

test('a teacher takes the register of a class on paper', async ({ page }) => {
  await signIn(page, 'teacher');
  await page.goto('/classes');
  await page.locator('main tbody a').first().click();
  await page.waitForURL(/\/classes\/[^/]+$/);
  await page.goto(`${page.url()}/register`);
  await getsPdf(page);
});

test('a student takes a receipt on paper', async ({ page }) => {
  await signIn(page, 'student');
  await page.goto('/account');
  await page.locator('main a[href$="/receipt"]').last().click();
  await expect(page.getByRole('heading', { level: 1, name: 'Receipt' })).toBeVisible();
  await getsPdf(page);
});
