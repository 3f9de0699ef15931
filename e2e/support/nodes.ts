// Hubs and edges, each a server of its own.

import { expect } from './test.ts';
import type { Page } from '@playwright/test';

const PASSWORD = 'seven plain words in a row';

/** Sets a new server up and signs its administrator in, who has that number there. */
export async function setUp(page: Page, link: string, institution: string, number = 'A1'): Promise<void> {
  await page.goto(link);
  await page.locator('input[name=institution]').fill(institution);
  await page.locator('input[name=name]').fill('Ada Lovelace');
  await page.locator('input[name=number]').fill(number);
  await page.locator('input[name=password]').fill(PASSWORD);
  await page.locator('input[name=password]').press('Enter');
  await page.waitForURL(/\/sign-in/);
  await page.locator('input[name=identifier]').fill(number);
  await page.locator('input[name=password]').fill(PASSWORD);
  await page.locator('input[name=password]').press('Enter');
  await expect(page.getByRole('heading', { name: 'First steps' })).toBeVisible();
}

/** Has the edge of one page join the hub of the other one. */
export async function joined(page: Page, office: Page, { edge, hub }: { edge: string; hub: string }): Promise<void> {
  await office.goto(`${hub}/nodes`);
  await office.getByLabel('Name of the edge').fill('Stick of the gate');
  await office.getByRole('button', { name: 'Make a code' }).click();
  const shown = office.getByRole('status').filter({ hasText: 'Stick of the gate' });
  await expect(shown).toBeVisible();
  const code = await shown.locator('dd code').nth(1).innerText();
  await page.goto(`${edge}/nodes`);
  await page.getByLabel('Address of the hub').fill(hub);
  await page.getByLabel('Code').fill(code);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Hub: Hilltop School' })).toBeVisible();
}

/** Has an edge exchange with its hub, and waits until that is over. */
export async function exchanged(page: Page, edge: string): Promise<void> {
  await page.goto(`${edge}/nodes`);
  const answered = page.waitForResponse((answer) => answer.request().method() === 'POST');
  await page.getByRole('button', { name: 'Sync now' }).click();
  await answered;
  await page.waitForLoadState('load');
}
