// A hub and an edge: the code on one page, typed on the other, and what each says of the other.

import { setUp } from '../support/nodes.ts';
import { emptyServer } from '../support/server.ts';
import { expect, expectWellMade, test } from '../support/test.ts';

test('an edge joins its hub by a code, exchanges, and says when the hub is away', async ({ page, browser, consoleErrors }) => {
  consoleErrors.allow(/422/);
  await emptyServer(async (edgeLink) => {
    const edge = new URL(edgeLink).origin;
    await setUp(page, edgeLink, 'Hilltop School, room 204');
    await page.goto(`${edge}/nodes`);
    await expectWellMade(page, 'nodes-alone');
    let peerPage = '';
    await emptyServer(async (hubLink) => {
      const hub = new URL(hubLink).origin;
      const context = await browser.newContext({ viewport: page.viewportSize() });
      const office = await context.newPage();
      await setUp(office, hubLink, 'Hilltop School');
      await office.goto(`${hub}/nodes`);
      await office.getByLabel('Name of the edge').fill('Stick of room 204');
      await office.getByRole('button', { name: 'Make a code' }).click();
      const shown = office.getByRole('status').filter({ hasText: 'Stick of room 204' });
      await expect(shown).toBeVisible();
      await expectWellMade(office, 'nodes-code');
      const code = await shown.locator('dd code').nth(1).innerText();

      await page.getByLabel('Address of the hub').fill(hub);
      await page.getByLabel('Code').fill('NOT-A-CODE');
      await page.getByRole('button', { name: 'Join', exact: true }).click();
      await expect(page.getByRole('alert')).toContainText('used before or has expired');
      await expectWellMade(page, 'nodes-wrong-code');
      await page.getByLabel('Code').fill(code);
      await page.getByRole('button', { name: 'Join', exact: true }).click();
      await expect(page.getByRole('heading', { name: 'Hub: Hilltop School' })).toBeVisible();
      await page.getByRole('button', { name: 'Sync now' }).click();
      await expect(page.getByText('The whole institution')).toBeVisible();
      await expect(page.getByText('None yet')).toHaveCount(0);
      await expectWellMade(page, 'nodes-edge');

      await office.goto(`${hub}/nodes`);
      await expectWellMade(office, 'nodes-hub');
      await office.getByRole('link', { name: 'Stick of room 204' }).click();
      await expectWellMade(office, 'node');
      peerPage = office.url();
      await office.getByRole('button', { name: 'Revoke' }).click();
      await office.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
      await expect(office.getByText('Revoked', { exact: true })).toBeVisible();
      await page.getByRole('button', { name: 'Sync now' }).click();
      await expect(page.getByText('This node was revoked at its hub')).toBeVisible();
      await expectWellMade(page, 'nodes-revoked');
      await context.close();
    });
    expect(peerPage).toContain('/nodes/');
    await page.getByRole('button', { name: 'Sync now' }).click();
    await expect(page.getByText('The hub can’t be reached')).toBeVisible();
    await expectWellMade(page, 'nodes-offline');
  });
});

test('whoever an edge hands over is told what comes, and that a link works once', async ({ page, consoleErrors }) => {
  consoleErrors.allow(/422/);
  await page.goto('/handed-over?class=01900000-0000-7000-8000-000000000000&code=NOT-A-CODE');
  await expect(page.getByText('for this class alone')).toBeVisible();
  await expectWellMade(page, 'handed-over');
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByRole('alert')).toContainText('used before or has expired');
  await expect(page.getByRole('button', { name: 'Go on' })).toHaveCount(0);
  await expectWellMade(page, 'handed-over-late');
});
