// The last place at an event, sold on a hub and on an edge that are apart.

import { exchanged, joined, setUp } from '../support/nodes.ts';
import { emptyServer } from '../support/server.ts';
import { expect, expectWellMade, test } from '../support/test.ts';
import type { Page } from '@playwright/test';

async function issue(page: Page, event: string, name: string, phone: string): Promise<void> {
  await page.goto(event);
  await page.getByRole('link', { name: 'Issue a pass' }).click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Phone', { exact: true }).fill(phone);
  await page.getByRole('button', { name: 'Issue the pass' }).click();
  await expect(page.getByText('The pass is issued.')).toBeVisible();
}

test('a place that two nodes sold is marked, and an event can be left to one of them', async ({ page, browser }) => {
  await emptyServer(async (hubLink) => {
    const hub = new URL(hubLink).origin;
    const context = await browser.newContext({ viewport: page.viewportSize() });
    const office = await context.newPage();
    await setUp(office, hubLink, 'Hilltop School');
    await emptyServer(async (edgeLink) => {
      const edge = new URL(edgeLink).origin;
      await setUp(page, edgeLink, 'The gate', 'G1');
      await joined(page, office, { edge, hub });
      await office.goto(`${hub}/events/new`);
      await office.getByLabel('Name', { exact: true }).fill('Concert');
      await office.getByLabel('Where', { exact: true }).fill('Open-air stage');
      await office.getByLabel('Begins', { exact: true }).fill('2031-05-03T18:00');
      await office.getByLabel('Ends', { exact: true }).fill('2031-05-03T23:00');
      await office.getByLabel('Room for so many people').fill('1');
      await expectWellMade(office, 'event-new-hub');
      await office.getByRole('button', { name: 'Save' }).click();
      await office.getByLabel('Name', { exact: true }).fill('Single');
      await office.getByRole('button', { name: 'Save' }).click();
      const path = new URL(office.url()).pathname;
      await exchanged(page, edge);

      await issue(office, hub + path, 'Ada Rao', '98455 20001');
      await issue(page, edge + path, 'Ben Rao', '98455 20002');

      await expect(async () => {
        await exchanged(page, edge);
        await office.goto(hub + path);
        await expect(office.getByText('There is no place for 1 pass')).toBeVisible({ timeout: 1000 });
      }).toPass();
      await expectWellMade(office, 'event-oversold');
      await office.getByRole('link', { name: 'Oversold passes' }).click();
      await expect(office.getByText('Oversold', { exact: true }).last()).toBeVisible();
      await expectWellMade(office, 'passes-oversold');
      await office.getByRole('link', { name: 'Ben Rao' }).click();
      await expect(office.getByText('There is no place for this pass')).toBeVisible();
      await expect(office.getByText('issued on another node')).toBeVisible();
      await expectWellMade(office, 'pass-oversold');

      await office.goto(`${hub + path}/edit`);
      await office.getByLabel('Where passes are issued').selectOption({ label: 'Stick of the gate' });
      await office.getByRole('button', { name: 'Save' }).click();
      await expect(office.getByText('On one node alone: Stick of the gate')).toBeVisible();
      await expect(office.getByRole('link', { name: 'Issue a pass' })).toHaveCount(0);
      await expectWellMade(office, 'event-elsewhere');
    });
    await context.close();
  });
});
