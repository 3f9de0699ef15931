// One person with two records: finding the other, looking at both, merging, undoing.

import { expect, expectWellMade, signIn, test } from '../support/test.ts';

test('a registrar merges two records of one person and undoes it', async ({ page }) => {
  const tag = `${Date.now()}`;
  const name = `Twin ${tag}`;
  await signIn(page, 'registrar');
  for (const number of [`A${tag}`, `B${tag}`]) {
    await page.goto('/people/new');
    await page.getByLabel('Full name', { exact: true }).fill(name);
    await page.getByLabel('Number', { exact: true }).fill(number);
    await page.locator('main form.form button').last().click();
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  }
  await page.goto('/people/duplicates');
  await expectWellMade(page, 'duplicates');
  await page.goto(`/people?q=${tag}`);
  await page.getByRole('link', { name }).first().click();
  await page.getByRole('link', { name: 'Merge with another record' }).click();
  await expectWellMade(page, 'merge-find');
  await page.getByRole('link', { name: 'Look at both' }).first().click();
  await expectWellMade(page, 'merge');
  await page.getByLabel('Why these two are one person').fill('Entered twice');
  await page.getByRole('button', { name: 'Merge' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Merge' }).click();
  await expect(page.getByRole('cell', { name: 'Entered twice' })).toBeVisible();
  await expectWellMade(page, 'person-merged');
  await page.goto(`/people?q=${tag}`);
  await expect(page.getByRole('link', { name })).toHaveCount(1);
  await page.getByRole('link', { name }).first().click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('None were merged into this one.')).toBeVisible();
  await page.goto(`/people?q=${tag}`);
  await expect(page.getByRole('link', { name })).toHaveCount(2);
});
