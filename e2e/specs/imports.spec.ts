// A registrar brings a spreadsheet in: sees what is wrong, puts it right, imports it, and undoes it.

import { expect, expectWellMade, signIn, test } from '../support/test.ts';
import type { Page } from '../support/test.ts';

const FILE = 'students of the desk.csv';

async function upload(page: Page, text: string): Promise<void> {
  await page.goto('/imports');
  await page.getByLabel('What it holds').selectOption('People');
  const file = { name: FILE, mimeType: 'text/csv', buffer: Buffer.from(text) };
  await page.locator('#file').setInputFiles(file);
  await page.getByRole('button', { name: 'Upload and check' }).click();
  await expect(page).toHaveURL(/\/imports\/[0-9a-f-]{36}/);
}

test('a registrar imports people and takes them back', async ({ page }) => {
  await signIn(page, 'registrar');
  await page.goto('/imports');
  await expectWellMade(page, 'registrar-imports');

  const own = 'E2E-1';
  const wrong = `Student no.;Full name;E-mail\n${own};Ada Lovelace;${own}@e2e.example\n${own}-2;;none\n`;
  await upload(page, wrong);
  await expect(page.getByRole('heading', { name: '1 line needs to be put right' })).toBeVisible();
  const problem = page.locator('tr', { hasText: "This can't be empty." });
  await expect(problem).toContainText('Name');
  await expect(problem).toContainText('3');
  await expect(page.getByRole('button', { name: 'Import', exact: true })).toHaveCount(0);
  await expectWellMade(page, 'registrar-import-wrong');

  await upload(page, wrong.replace(';;none', ';Bo Diaz;'));
  await expect(page.getByRole('heading', { name: 'Every line is right' })).toBeVisible();
  await expect(page.getByLabel('What Student no. means')).toHaveValue('number');
  await expectWellMade(page, 'registrar-import-preview');
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Undo this import' })).toBeVisible();
  await expectWellMade(page, 'registrar-import-done');

  await page.goto(`/people?q=${own}`);
  await expect(page.getByRole('link', { name: 'Ada Lovelace' })).toBeVisible();
  await page.goto('/imports');
  await page.getByRole('link', { name: FILE }).first().click();
  await page.getByRole('button', { name: 'Undo this import' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Undo this import' }).click();
  await expect(page.getByText('Undone')).toBeVisible();
  await page.goto(`/people?q=${own}`);
  await expect(page.getByText('Nobody found')).toBeVisible();
});

test('headings that say nothing are explained on the page', async ({ page }) => {
  await signIn(page, 'registrar');
  await upload(page, 'A,B\nAda Lovelace,E2E-9\n');
  await expect(page.getByRole('heading', { name: 'Which column is which?' })).toBeVisible();
  await page.getByLabel('What A means').selectOption('Name');
  await page.getByLabel('What B means').selectOption('Number');
  await page.getByRole('button', { name: 'Check again' }).click();
  await expect(page.getByRole('heading', { name: 'Every line is right' })).toBeVisible();
  await page.getByRole('button', { name: 'Discard' }).click();
  await expect(page).toHaveURL(/\/imports$/);
});

test('a school comes in as a OneRoster bundle and goes again', async ({ page }) => {
  await signIn(page, 'registrar');
  await page.goto('/imports');
  await page.getByLabel('What it holds').selectOption('OneRoster bundle');
  await page.locator('#file').setInputFiles('fixtures/oneroster.zip');
  await page.getByRole('button', { name: 'Upload and check' }).click();
  await expect(page.locator('tr', { hasText: 'users.csv' })).toContainText('6 lines, all');
  await expect(page.locator('tr', { hasText: 'orgs.csv' })).toContainText('left out');
  await expectWellMade(page, 'registrar-import-bundle');
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByRole('button', { name: 'Undo this import' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Undo this import' }).click();
  await expect(page.getByText('Undone')).toBeVisible();
});
