// Enrolled phones: they prepare, verify without a network, send what they kept, and hear when they
// are withdrawn or their pack is too old.

import { chromium } from '@playwright/test';
import { rm } from 'node:fs/promises';
import { filmOf, post, stage, withFilm } from '../support/gate.ts';
import { byName, enrol, fact, prepare, wellMade } from '../support/phones.ts';
import { demo, expect, screens, signIn, test } from '../support/test.ts';

// The app opens without a network by the service worker, which other specs go without.
test.use({ serviceWorkers: 'allow' });

const GUEST = ['guest asha', 'Asha Guest 1'] as const;

test('two phones verify without a network, and hear of each other later', async ({ page }) => {
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
    await phone.getByRole('button', { name: 'Another place' }).click();
    await prepare(phone, `North gate, ${event}`);
    await expect(fact(phone, 'holders')).toHaveText('1');
    await wellMade(phone, 'verifier-ready');
    await prepare(south.phone, `North gate, ${event}`);

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
    await byName(south.phone, ...GUEST);
    await expect(south.phone.getByRole('dialog').getByRole('heading', { name: 'Admit' })).toBeVisible();
    await south.phone.getByRole('button', { name: 'Next' }).click();

    await north.context.setOffline(false);
    await expect(fact(phone, 'waiting')).toHaveText('0');
    await page.goto(`/events/${own.event}/entries`);
    await expect(page.getByRole('row').filter({ hasText: 'Already used' })).toBeVisible();
    await south.context.setOffline(false);
    await expect(fact(south.phone, 'waiting')).toHaveText('0');
    await expect(south.phone.getByText('Another phone let them in as well.')).toBeVisible();
    await screens(south.phone, 'verifier-double');
    await page.goto('/incidents');
    const incident = page.getByRole('article').filter({ hasText: event });
    await expect(incident.getByRole('heading', { name: /Used twice: Asha Guest 1/ })).toBeVisible();

    // A pack that is a day old admits nobody.
    await north.context.setOffline(true);
    await phone.clock.install({ time: Date.now() + 25 * 3_600_000 });
    await phone.reload();
    await expect(fact(phone, 'age')).toHaveText('Expired');
    await byName(phone, ...GUEST);
    await expect(verdict.getByRole('heading', { name: 'Pack expired' })).toBeVisible();
    await screens(phone, 'verifier-expired');
    await verdict.getByRole('button', { name: 'Next' }).click();
    await wellMade(phone, 'verifier-too-old');

    // A phone that is withdrawn forgets who is invited, and keeps what it has to tell.
    await south.context.setOffline(true);
    await expect(fact(south.phone, 'link')).toHaveText('Offline');
    await byName(south.phone, ...GUEST);
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

test('two tabs of one phone send each scan once, and lose none', async ({ page, browser }) => {
  await signIn(page, 'organiser');
  const event = 'Tabs in the cellar';
  const own = await stage(page, event, 'single', 1);
  const { phone: first, context } = await enrol(page, browser, 'Two tabs');
  try {
    const sent: string[] = [];
    context.on('request', (request) => {
      if (!request.url().endsWith('/redemptions/batch')) return;
      const { items } = request.postDataJSON() as { items: { nonce: string }[] };
      sent.push(...items.map((item) => item.nonce));
    });
    await prepare(first, `North gate, ${event}`);
    const second = await context.newPage();
    await second.goto('/verify/device');
    await expect(second.getByText('Ready: this gate works without a network.')).toBeVisible();
    await context.setOffline(true);
    await expect(fact(first, 'link')).toHaveText('Offline');
    await expect(fact(second, 'link')).toHaveText('Offline');
    const verdict = (tab: typeof first, word: string) => tab.getByRole('dialog').getByRole('heading', { name: word });
    // What one tab let in is known to the other one, and what waits is the phone's.
    await byName(first, ...GUEST);
    await expect(verdict(first, 'Admit')).toBeVisible();
    await byName(second, ...GUEST);
    await expect(verdict(second, 'Already used')).toBeVisible();
    await second.getByRole('button', { name: 'Next' }).click();
    await byName(second, ...GUEST);
    await expect(verdict(second, 'Already used')).toBeVisible();
    await expect(fact(first, 'waiting')).toHaveText('3');
    await expect(fact(second, 'waiting')).toHaveText('3');

    // Both hear of the network at once, and both want to send.
    await context.setOffline(false);
    await expect(fact(first, 'waiting')).toHaveText('0');
    await expect(fact(second, 'waiting')).toHaveText('0');
    expect([...sent].sort(), 'each scan was sent once').toEqual([...new Set(sent)].sort());
    expect(sent).toHaveLength(3);
    const list = await page.request.get(`/api/v1/points/${own.point}/redemptions`);
    const { items } = (await list.json()) as { items: { verdict: string }[] };
    expect(items.map((one) => one.verdict).sort()).toEqual(['admit', 'already_used', 'already_used']);
    // A tab that is closed takes nothing along.
    await context.setOffline(true);
    await second.getByRole('button', { name: 'Next' }).click();
    await byName(second, ...GUEST);
    await expect(verdict(second, 'Already used')).toBeVisible();
    await second.close();
    await context.setOffline(false);
    await expect(fact(first, 'waiting')).toHaveText('0');
    expect(sent).toHaveLength(4);
  } finally {
    await context.close();
  }
});
