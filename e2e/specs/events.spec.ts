// Events: set up, passes issued, the pass in its holder's hands.

import { readFile } from 'node:fs/promises';
import { expect, expectAccessible, screens, signIn, test } from '../support/test.ts';

test('a pass is issued at the desk and opened by its holder', async ({ page, browser, consoleErrors }) => {
  const name = 'Concert';
  await signIn(page, 'organiser');
  await page.goto('/events');
  await expectAccessible(page);
  await screens(page, 'events');
  await page.getByRole('link', { name: 'New event' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Where', { exact: true }).fill('Open-air stage');
  await page.getByLabel('Begins', { exact: true }).fill('2031-05-03T18:00');
  await page.getByLabel('Ends', { exact: true }).fill('2031-05-03T23:00');
  await expectAccessible(page);
  await screens(page, 'event-new');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
  await page.getByLabel('Name', { exact: true }).fill('Couple');
  await page.getByLabel('Price in INR').fill('999');
  await page.getByLabel('People that a pass admits').fill('2');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('rowheader', { name: 'Couple' })).toBeVisible();
  await expectAccessible(page);
  await screens(page, 'event');

  await page.getByRole('link', { name: 'Issue a pass' }).click();
  await page.getByLabel('Name of holder 1').fill('Ada Rao');
  await page.getByLabel('Phone of holder 1').fill('12');
  await page.getByLabel('Name of holder 2').fill('Ben Rao');
  await page.getByLabel('Phone of holder 2').fill('98455 10002');
  consoleErrors.allow(/422/);
  await page.getByRole('button', { name: 'Issue the pass' }).click();
  await expect(page.getByText('10 are right').first()).toBeVisible();
  await expectAccessible(page);
  await screens(page, 'pass-new');
  await page.getByLabel('Phone of holder 1').fill('98455 20001');
  await page.getByRole('button', { name: 'Issue the pass' }).click();
  await expect(page.getByText('The pass is issued.')).toBeVisible();
  await expectAccessible(page);
  await screens(page, 'pass');

  const address = await page.getByRole('link', { name: 'Page of the pass' }).getAttribute('href');
  const holder = await browser.newPage();
  consoleErrors.watch(holder);
  await holder.goto(address ?? '');
  await expect(holder.getByRole('heading', { level: 1 })).toHaveText(name);
  await expect(holder.getByText('Ada Rao, Ben Rao')).toBeVisible();
  await expectAccessible(holder);
  await screens(holder, 'pass-page');
  const arriving = holder.waitForEvent('download');
  await holder.getByRole('link', { name: 'PDF', exact: true }).click();
  const paper = await readFile(await (await arriving).path());
  expect(paper.subarray(0, 5).toString()).toBe('%PDF-');
  await holder.close();

  await page.getByLabel('Reason', { exact: true }).fill('Asked for it');
  await page.getByRole('button', { name: 'Void the pass' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Void the pass' }).click();
  await expect(page.getByText('admits nobody since')).toBeVisible();
});

test('passes of an event are found by name', async ({ page }) => {
  await signIn(page, 'gate');
  await page.goto('/events');
  await page.getByRole('link', { name: 'Spring Ball' }).click();
  await page.getByRole('link', { name: 'Passes', exact: true }).click();
  await expect(page.getByRole('rowheader').first()).toBeVisible();
  await expectAccessible(page);
  await screens(page, 'passes');
  await page.getByLabel('Name, phone, code or reference').fill('nobody of that name');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page.getByText('No pass found')).toBeVisible();
  await expectAccessible(page);
});
