// At the gate: a pass is scanned with the page, typed, found by name; once it admits, then no more.

import { chromium } from '@playwright/test';
import { rm } from 'node:fs/promises';
import { filmOf, stage, withFilm } from '../support/gate.ts';
import { demo, expect, expectAccessible, expectWellMade, screens, signIn, test } from '../support/test.ts';

test('a pass is scanned with the camera, and again', async ({ page }) => {
  await signIn(page, 'organiser');
  const own = await stage(page, 'Camera night');
  const { folder, film } = await filmOf(page, own.pass);
  const { executablePath, args } = test.info().project.use.launchOptions!;
  const phone = await chromium.launch({ executablePath: executablePath!, args: [...args!, ...withFilm(film)] });
  try {
    const gate = await phone.newPage({ viewport: { width: 360, height: 740 }, baseURL: demo().url });
    await signIn(gate, 'gate', { fresh: true });
    await gate.goto(`/verify/${own.point}`);
    await expectAccessible(gate);
    await gate.getByRole('button', { name: 'Scan with the camera' }).click();
    const verdict = gate.getByRole('dialog');
    await expect(verdict.getByRole('heading', { name: 'Admit' })).toBeVisible();
    await expect(verdict.getByText('Asha Guest 1')).toBeVisible();
    await screens(gate, 'verify-admit');
    // It goes by itself, and the code that is still in the picture is not presented again.
    await expect(verdict).toBeHidden();
    await expect(gate.getByRole('table').getByText('Admit')).toHaveCount(1);
    await gate.getByRole('button', { name: 'Stop the camera' }).click();

    await gate.reload();
    await gate.getByRole('button', { name: 'Scan with the camera' }).click();
    await expect(verdict.getByRole('heading', { name: 'Already used' })).toBeVisible();
    await expect(verdict.getByText('scanned by')).toBeVisible();
    await expectWellMade(gate, 'verify-used');
    await verdict.getByRole('button', { name: 'Next' }).click();
    await expect(verdict).toBeHidden();
  } finally {
    await phone.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test('a code is typed, a mistake taken back, a refusal overridden', async ({ page, browser, consoleErrors }) => {
  await signIn(page, 'organiser');
  const own = await stage(page, 'Typed night', 'reentry', 2);
  // Somebody else looks at the event meanwhile.
  const office = await browser.newPage();
  consoleErrors.watch(office);
  await signIn(office, 'organiser');
  await office.goto(`/events/${own.event}`);
  await expect(office.getByText('Live', { exact: true })).toBeVisible();

  await page.goto('/verify');
  await expectWellMade(page, 'verify');
  await page.goto(`/verify/${own.point}`);
  await expectWellMade(page, 'verify-point');
  const verdict = page.getByRole('dialog');
  const people = page.getByRole('group', { name: 'How many people' });
  const way = page.getByRole('group', { name: 'Which way' });
  const type = async (code: string): Promise<void> => {
    await page.getByLabel('Code', { exact: true }).fill(code);
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
  };
  await people.getByRole('radio', { name: '1', exact: true }).check();
  await type(own.code.toLowerCase().replaceAll('-', ' '));
  await expect(verdict.getByRole('heading', { name: 'Admit' })).toBeVisible();
  await expect(verdict.getByText('1 of 2 entered')).toBeVisible();
  await verdict.getByText('That was a mistake').click();
  await expectAccessible(page);
  await verdict.getByLabel('Why it is taken back').fill('The wrong person');
  await verdict.getByRole('button', { name: 'Take it back' }).click();
  await expect(page.getByRole('heading', { name: 'Taken back' })).toBeVisible();
  await expectWellMade(page, 'verify-taken-back');

  await page.goto(`/verify/${own.point}`);
  await way.getByRole('radio', { name: 'Out', exact: true }).check();
  await type(own.code);
  await expect(verdict.getByRole('heading', { name: 'Not inside' })).toBeVisible();
  await screens(page, 'verify-not-inside');
  await verdict.getByRole('button', { name: 'Next' }).click();
  await way.getByRole('radio', { name: 'In', exact: true }).check();
  await people.getByRole('radio', { name: 'All', exact: true }).check();
  await type('0000000000');
  await expect(verdict.getByRole('heading', { name: 'Unknown' })).toBeVisible();
  await verdict.getByRole('button', { name: 'Next' }).click();

  await page.getByLabel('Name or phone').fill('asha');
  await page.getByRole('button', { name: 'Find', exact: true }).click();
  await page.getByRole('button', { name: 'Verify Asha Guest 1' }).click();
  await expect(verdict.getByRole('heading', { name: 'Admit' })).toBeVisible();
  await verdict.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Verify Asha Guest 1' }).click();
  await expect(verdict.getByRole('heading', { name: 'Already used' })).toBeVisible();
  await verdict.getByText('Let them through all the same').click();
  await verdict.getByLabel('Why', { exact: true }).fill('Lost their stamp');
  await verdict.getByRole('button', { name: 'Let them through' }).click();
  await expect(verdict.getByText('Let through all the same: Lost their stamp.')).toBeVisible();
  await verdict.getByRole('button', { name: 'Next' }).click();
  await expect(office.locator('[data-count=gate_entries]')).toHaveText('3');
  await expectWellMade(office, 'event-gates');
  await office.close();

  await page.goto(`/events/${own.event}/entries`);
  await expect(page.getByText('Lost their stamp')).toBeVisible();
  await expectWellMade(page, 'entries');
  await page.goto(`/passes/${own.pass}`);
  await expectWellMade(page, 'pass-scanned');
});

test('what the server could not be asked is sent again and counts once', async ({ page, consoleErrors }) => {
  consoleErrors.allow(/Failed to load resource|net::ERR/);
  await signIn(page, 'organiser');
  const own = await stage(page, 'Cellar night');
  await page.goto(`/verify/${own.point}`);
  const verdict = page.getByRole('dialog');
  await page.route('**/verify/*', (route) => route.abort());
  await page.getByLabel('Code', { exact: true }).fill(own.code);
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await expect(verdict.getByRole('heading', { name: 'Not recorded' })).toBeVisible();
  await expectAccessible(page);
  await screens(page, 'verify-lost');
  await page.unroute('**/verify/*');
  await verdict.getByRole('button', { name: 'Try again' }).click();
  await expect(verdict.getByRole('heading', { name: 'Admit' })).toBeVisible();
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('a pass is verified by the form alone', async ({ page }) => {
    await signIn(page, 'organiser', { fresh: true });
    const own = await stage(page, 'Plain night');
    await page.goto(`/verify/${own.point}`);
    await page.getByLabel('Code', { exact: true }).fill(own.code);
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Admit' })).toBeVisible();
    await page.getByLabel('Code', { exact: true }).fill(own.code);
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Already used' })).toBeVisible();
    await page.getByText('Let them through all the same').click();
    await page.getByLabel('Why', { exact: true }).fill('Known to us');
    await page.getByRole('button', { name: 'Let them through' }).click();
    await expect(page.getByText('Let through all the same: Known to us.')).toBeVisible();
  });
});
