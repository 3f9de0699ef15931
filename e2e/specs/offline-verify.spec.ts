// Enrolled phones: they prepare, verify without a network, send what they kept, and hear when they
// are withdrawn or their pack is too old.

import { chromium, type Browser, type BrowserContext } from '@playwright/test';
import { rm } from 'node:fs/promises';
import { filmOf, post, stage, withFilm } from '../support/gate.ts';
import { demo, expect, expectWellMade, screens, signIn, test, type Page } from '../support/test.ts';

// The app opens without a network by the service worker, which other specs go without.
test.use({ serviceWorkers: 'allow' });

/** Checked from the top: the bar that stays there may lie over what was scrolled. */
async function wellMade(page: Page, name: string): Promise<void> {
  await page.evaluate(() => scrollTo(0, 0));
  await expectWellMade(page, name);
}

/** A phone that has just been enrolled by a link of the organiser's, and asks where it stands. */
async function enrol(office: Page, browser: Browser, name: string): Promise<{ phone: Page; context: BrowserContext }> {
  const { link } = await post<{ link: string }>(office, '/api/v1/verifier-device-codes', { name });
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, baseURL: demo().url, timezoneId: 'UTC', locale: 'en-GB' });
  const phone = await context.newPage();
  await phone.goto(link);
  await phone.getByRole('button', { name: 'Enrol this phone' }).click();
  await expect(phone.getByRole('heading', { name: 'Where do you stand?' })).toBeVisible();
  return { phone, context };
}

/** Has the phone stand at the gate of an event with a pack, and able to open without a network. */
async function prepare(phone: Page, event: string): Promise<void> {
  await phone.getByRole('button', { name: `North gate, ${event}` }).click();
  await phone.getByRole('button', { name: 'Prepare for offline' }).click();
  await expect(phone.getByText('Ready: this gate works without a network.')).toBeVisible();
  await expect.poll(() => phone.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
}

/** What the bar says of one thing. */
function fact(phone: Page, name: string) {
  return phone.locator(`[data-fact=${name}]`);
}

/** Presents the guest by name. */
async function byName(phone: Page): Promise<void> {
  await phone.getByLabel('Name', { exact: true }).fill('guest asha');
  await phone.getByRole('button', { name: 'Verify Asha Guest 1' }).click();
}

test('two phones verify without a network, and hear of each other later', async ({ page }) => {
  test.setTimeout(240_000);
  await signIn(page, 'organiser');
  const event = 'Cellar concert';
  const own = await stage(page, event);
  const { folder, film } = await filmOf(page, own.pass);
  const { executablePath, args } = test.info().project.use.launchOptions!;
  const camera = await chromium.launch({ executablePath: executablePath!, args: [...args!, ...withFilm(film)] });
  try {
    const { link } = await post<{ link: string }>(page, '/api/v1/verifier-device-codes', { name: 'Unused' });
    const stranger = await camera.newPage({ viewport: { width: 360, height: 740 } });
    await stranger.goto(`${demo().url}/verify/device`);
    await expect(stranger.getByRole('heading', { name: 'This phone is not enrolled' })).toBeVisible();
    await wellMade(stranger, 'verifier-none');
    await stranger.goto(link);
    await expect(stranger.getByRole('button', { name: 'Enrol this phone' })).toBeVisible();
    await wellMade(stranger, 'verifier-enrol');
    await stranger.close();

    const north = await enrol(page, camera, 'North gate 1');
    const south = await enrol(page, camera, 'North gate 2');
    const { phone } = north;
    await wellMade(phone, 'verifier-points');
    await phone.getByRole('button', { name: `North gate, ${event}` }).click();
    await expect(fact(phone, 'age')).toHaveText('None');
    await wellMade(phone, 'verifier-no-pack');
    await phone.getByRole('button', { name: 'Another gate' }).click();
    await prepare(phone, event);
    await expect(fact(phone, 'holders')).toHaveText('1');
    await wellMade(phone, 'verifier-ready');
    await prepare(south.phone, event);

    // Without a network: the camera's pass is let in once, and the page opens again by itself.
    await north.context.setOffline(true);
    await south.context.setOffline(true);
    await expect(fact(phone, 'link')).toHaveText('Offline');
    const verdict = phone.getByRole('dialog');
    await phone.getByRole('button', { name: 'Scan with the camera' }).click();
    await expect(verdict.getByRole('heading', { name: 'Admit' })).toBeVisible();
    await expect(verdict.getByText('Asha Guest 1')).toBeVisible();
    await screens(phone, 'verifier-admit');
    await verdict.getByRole('button', { name: 'Next' }).click();
    await phone.getByRole('button', { name: 'Stop the camera' }).click();
    await phone.reload();
    await expect(fact(phone, 'waiting')).toHaveText('1');
    await phone.getByRole('button', { name: 'Scan with the camera' }).click();
    await expect(verdict.getByRole('heading', { name: 'Already used' })).toBeVisible();
    await expect(verdict.getByText('North gate, scanned by')).toBeVisible();
    await screens(phone, 'verifier-used');
    await verdict.getByRole('button', { name: 'Next' }).click();
    await phone.getByRole('button', { name: 'Stop the camera' }).click();
    await expect(fact(phone, 'waiting')).toHaveText('2');
    await wellMade(phone, 'verifier-offline');

    // The other phone can't know, and lets the same pass in.
    await byName(south.phone);
    await expect(south.phone.getByRole('dialog').getByRole('heading', { name: 'Admit' })).toBeVisible();
    await south.phone.getByRole('button', { name: 'Next' }).click();

    await north.context.setOffline(false);
    await expect(fact(phone, 'waiting')).toHaveText('0');
    await page.goto(`/events/${own.event}/entries`);
    await expect(page.getByRole('row').filter({ hasText: 'Already used' })).toBeVisible();
    await south.context.setOffline(false);
    await expect(fact(south.phone, 'waiting')).toHaveText('0');
    await expect(south.phone.getByText('Another phone let this pass in as well.')).toBeVisible();
    await screens(south.phone, 'verifier-double');
    await page.goto('/incidents');
    const incident = page.getByRole('article').filter({ hasText: event });
    await expect(incident.getByRole('heading', { name: /Used twice: Asha Guest 1/ })).toBeVisible();

    // A pack that is a day old admits nobody.
    await north.context.setOffline(true);
    await phone.clock.install({ time: Date.now() + 25 * 3_600_000 });
    await phone.reload();
    await expect(fact(phone, 'age')).toHaveText('Expired');
    await byName(phone);
    await expect(verdict.getByRole('heading', { name: 'Pack expired' })).toBeVisible();
    await screens(phone, 'verifier-expired');
    await verdict.getByRole('button', { name: 'Next' }).click();
    await wellMade(phone, 'verifier-too-old');

    // A phone that is withdrawn forgets who is invited, and keeps what it has to tell.
    await south.context.setOffline(true);
    await expect(fact(south.phone, 'link')).toHaveText('Offline');
    await byName(south.phone);
    await expect(south.phone.getByRole('dialog').getByRole('heading', { name: 'Already used' })).toBeVisible();
    await south.phone.getByRole('button', { name: 'Next' }).click();
    await page.goto('/verifier-devices');
    const row = page.getByRole('row').filter({ hasText: 'North gate 2' });
    await row.getByRole('button', { name: 'Withdraw' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
    await expect(row.getByText('Withdrawn', { exact: true })).toBeVisible();
    await south.context.setOffline(false);
    await expect(south.phone.getByRole('heading', { name: 'This phone may no longer verify' })).toBeVisible();
    await expect(south.phone.getByText('One scan was not sent yet.')).toBeVisible();
    await wellMade(south.phone, 'verifier-revoked');
  } finally {
    await camera.close();
    await rm(folder, { recursive: true, force: true });
  }
});
