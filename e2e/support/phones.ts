// Phones of verifiers: enrolled by a link, standing somewhere with a pack.

import { type Browser, type BrowserContext } from '@playwright/test';
import { post } from './gate.ts';
import { demo, expect, expectWellMade, type Locator, type Page } from './test.ts';

export interface Enrolled {
  phone: Page;
  context: BrowserContext;
}

/** A phone that has just been enrolled by a link of the office's, to act for a person, and asks where it stands. */
export async function enrol(office: Page, browser: Browser, name: string, person?: string): Promise<Enrolled> {
  const { link } = await post<{ link: string }>(office, '/api/v1/verifier-device-codes', { name, person });
  const context = await browser.newContext({
    viewport: { width: 360, height: 740 },
    baseURL: demo().url,
    timezoneId: 'UTC',
    locale: 'en-GB',
  });
  const phone = await context.newPage();
  await phone.goto(link);
  await phone.getByRole('button', { name: 'Enrol this phone' }).click();
  await expect(phone.getByRole('heading', { name: 'Where do you stand?' })).toBeVisible();
  return { phone, context };
}

/** Has the phone stand at a place with a pack, and able to open without a network. */
export async function prepare(phone: Page, place: string): Promise<void> {
  await phone.getByRole('button', { name: place }).click();
  await phone.getByRole('button', { name: 'Prepare for offline' }).click();
  await expect(phone.getByText(/^Ready: this (gate|room|hall) works without a network\./)).toBeVisible();
  await expect.poll(() => phone.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
}

/** What the bar says of one thing. */
export function fact(phone: Page, name: string): Locator {
  return phone.locator(`[data-fact=${name}]`);
}

/** Presents somebody who is found by name. */
export async function byName(phone: Page, typed: string, name: string): Promise<void> {
  await phone.getByLabel('Name or number', { exact: true }).fill(typed);
  await phone.getByRole('button', { name: `Verify ${name}`, exact: true }).click();
}

/** Checked from the top: the bar that stays there may lie over what was scrolled. */
export async function wellMade(page: Page, name: string): Promise<void> {
  await page.evaluate(() => scrollTo(0, 0));
  await expectWellMade(page, name);
}
