// The first run: from an empty folder to the first steps.

import { expect, expectWellMade, test } from '../support/test.ts';
import { emptyServer } from '../support/server.ts';

test('a new server is set up, and says what comes first', async ({ page }) => {
  await emptyServer(async (link) => {
    const { origin } = new URL(link);
    await page.goto(link);
    await expectWellMade(page, 'setup');
    await page.locator('input[name=institution]').fill('Hilltop School');
    await page.locator('input[name=name]').fill('Ada Lovelace');
    await page.locator('input[name=number]').fill('A1');
    await page.locator('input[name=password]').fill('seven plain words in a row');
    await page.locator('input[name=password]').press('Enter');
    await page.waitForURL(/\/sign-in/);
    await page.locator('input[name=identifier]').fill('A1');
    await page.locator('input[name=password]').fill('seven plain words in a row');
    await page.locator('input[name=password]').press('Enter');
    await expect(page.getByRole('heading', { name: 'First steps' })).toBeVisible();
    await expect(page.getByText('To do', { exact: true })).toHaveCount(5);
    await expectWellMade(page, 'first-steps');

    await page.getByRole('link', { name: 'Add a term' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Autumn 2026');
    await page.getByLabel('First day', { exact: true }).fill('2026-09-01');
    await page.getByLabel('Last day', { exact: true }).fill('2026-12-18');
    await page.getByRole('button', { name: 'Add term' }).click();
    await expect(page.getByRole('link', { name: 'Autumn 2026' })).toBeVisible();
    await page.goto(`${origin}/overview`);
    await expect(page.getByText('To do', { exact: true })).toHaveCount(4);
    await page.goto(`${origin}/classes`);
    await expectWellMade(page, 'classes-empty');
    await page.goto(`${origin}/people?role=student`);
    await expect(page.getByText('Nobody found')).toBeVisible();
  });
});
