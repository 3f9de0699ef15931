// A term from its list: who is in it, what comes over from another one, its lock.

import { expect, expectWellMade, signIn, test } from '../support/test.ts';

test('a registrar reads the roster of a term and narrows it', async ({ page }) => {
  await signIn(page, 'registrar');
  await page.goto('/terms');
  await expectWellMade(page, 'registrar-terms');
  // Other tests add terms of their own.
  await page.locator('main tbody a', { hasText: /term \d{4}$/ }).first().click();
  await expectWellMade(page, 'registrar-term');
  await page.getByRole('link', { name: 'Roster', exact: true }).click();
  await expect(page.getByText('50 students, and more follow')).toBeVisible();
  await expectWellMade(page, 'registrar-roster');
  await page.getByRole('link', { name: 'Next', exact: true }).click();
  await expect(page.getByRole('link', { name: 'To the start' })).toBeVisible();
  await page.getByRole('combobox', { name: /^Class/ }).selectOption({ index: 1 });
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page.locator('main tbody tr').first()).toBeVisible();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'CSV', exact: true }).click(),
  ]);
  expect(file.suggestedFilename()).toMatch(/^Roster.*\.csv$/);
  await page.getByRole('searchbox', { name: 'Name or number' }).fill('qqqq');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Nobody found' })).toBeVisible();
  await expectWellMade(page, 'registrar-roster-empty');
});

test('a registrar copies classes into a new term, then locks it', async ({ page }) => {
  await signIn(page, 'registrar');
  const name = `Copies ${Date.now()}`;
  await page.goto('/terms');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('First day').fill('2031-02-03');
  await page.getByLabel('Last day').fill('2031-05-30');
  await page.getByRole('button', { name: 'Add term' }).click();
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('link', { name: 'Copy classes here' }).click();
  await page.getByLabel('From which term').selectOption({ index: 1 });
  await page.getByRole('button', { name: 'Preview' }).click();
  await expectWellMade(page, 'registrar-class-copies');
  const boxes = page.locator('input[name=class]');
  for (const box of (await boxes.all()).slice(1)) await box.uncheck();
  await page.getByRole('button', { name: 'Copy the ticked classes' }).click();
  await expect(page.getByText(/1 class was copied, with weekly meetings/)).toBeVisible();
  await expect(page.getByText('Is there already')).toHaveCount(1);
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByLabel('Why is it locked?').fill('Nothing is taught yet');
  await page.getByRole('button', { name: 'Lock this term' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Lock this term' }).click();
  await expect(page.getByRole('button', { name: 'Unlock this term' })).toBeVisible();
  await page.goto('/terms');
  const row = page.getByRole('row', { name: new RegExp(name) });
  await expect(row).toContainText('Locked');
  await expect(row).toContainText('Nothing is taught yet');
  await expectWellMade(page, 'registrar-terms-locked');
});
