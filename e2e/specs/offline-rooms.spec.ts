// Two phones at one exam room without a network: a docket is shown with photo and number, is let in once
// by each phone that can't know of the other, and the right room is named to whoever is at the wrong one.

import { chromium } from '@playwright/test';
import { rm } from 'node:fs/promises';
import { filmOf, get, late, waiting } from '../support/exam.ts';
import { withFilm } from '../support/gate.ts';
import { byName, enrol, fact, prepare, wellMade } from '../support/phones.ts';
import { expect, screens, signIn, test } from '../support/test.ts';

// The app opens without a network by the service worker, which other specs go without.
test.use({ serviceWorkers: 'allow' });

test('two phones verify at one room without a network, and hear of each other later', async ({ page, browser }) => {
  const own = await browser.newPage();
  await signIn(own, 'invigilator', { fresh: true });
  const invigilator = (await get<{ id: string }>(own, '/api/v1/me')).id;
  await own.close();
  await signIn(page, 'registrar');
  // Other specs take the first and the last one of those who have not come.
  const student = await late(page, (seats) => seats.at(Math.floor(seats.length / 2)));
  const { seats } = await waiting(page);
  const elsewhere = seats.slice(1, -1).find((one) => one.assigned_room !== null && one.assigned_room !== student.roomName)!;
  const { folder, film } = await filmOf(page, student.docket);
  const { executablePath, args } = test.info().project.use.launchOptions!;
  const camera = await chromium.launch({ executablePath: executablePath!, args: [...args!, ...withFilm(film)] });
  try {
    const one = await enrol(page, camera, 'Room phone 1', invigilator);
    const two = await enrol(page, camera, 'Room phone 2', invigilator);
    const { phone } = one;
    await wellMade(phone, 'verifier-rooms');
    const sitting = await get<{ items: { name: string; scope_name?: string }[] }>(page, `/api/v1/points?sitting=${student.sitting}`);
    expect(sitting.items.length).toBeGreaterThan(1);
    const place = phone.locator('[data-points] button', { hasText: `${student.roomName}, ` }).first();
    const button = (await place.textContent())!;
    await prepare(phone, button);
    await prepare(two.phone, button);
    await wellMade(phone, 'verifier-room-ready');

    await one.context.setOffline(true);
    await two.context.setOffline(true);
    await expect(fact(phone, 'link')).toHaveText('Offline');
    await expect(fact(two.phone, 'link')).toHaveText('Offline');
    const verdict = phone.getByRole('dialog');
    await phone.getByRole('button', { name: 'Scan with the camera' }).click();
    await expect(verdict.getByRole('heading', { name: 'Admit' })).toBeVisible();
    await expect(verdict.getByText(student.student)).toBeVisible();
    await expect(verdict.getByText(new RegExp(`${student.number} · .+ docket`))).toBeVisible();
    const photo = verdict.getByRole('img', { name: student.student });
    await expect(photo).toBeVisible();
    expect(await photo.evaluate((own: HTMLImageElement) => own.naturalWidth), 'the photo is drawn').toBeGreaterThan(0);
    await screens(phone, 'verifier-room-admit');
    await verdict.getByRole('button', { name: 'Next' }).click();
    await phone.getByRole('button', { name: 'Stop the camera' }).click();
    await byName(phone, student.number, student.student);
    await expect(verdict.getByRole('heading', { name: 'Already used' })).toBeVisible();
    await expect(verdict.getByText(`${student.roomName}, scanned by`)).toBeVisible();
    await verdict.getByRole('button', { name: 'Next' }).click();
    await byName(phone, elsewhere.number, elsewhere.name);
    await expect(verdict.getByRole('heading', { name: 'Wrong place' })).toBeVisible();
    await expect(verdict.getByText(`Their room is ${elsewhere.assigned_room}.`)).toBeVisible();
    await screens(phone, 'verifier-room-elsewhere');
    await verdict.getByRole('button', { name: 'Next' }).click();
    await wellMade(phone, 'verifier-room-offline');

    // The other phone can't know, and lets the same student in.
    await byName(two.phone, student.number, student.student);
    await expect(two.phone.getByRole('dialog').getByRole('heading', { name: 'Admit' })).toBeVisible();
    await one.context.setOffline(false);
    await expect(fact(phone, 'waiting')).toHaveText('0');
    await two.context.setOffline(false);
    await expect(fact(two.phone, 'waiting')).toHaveText('0');
    await expect(two.phone.getByText('Another phone let them in as well.')).toBeVisible();
    await page.goto(`/sittings/${student.sitting}/room-list?state=admitted&q=${student.number}`);
    await expect(page.getByRole('rowheader', { name: student.number })).toBeVisible();
    await page.goto('/incidents');
    await expect(page.getByRole('heading', { name: `Used twice: ${student.student}` })).toBeVisible();
  } finally {
    await camera.close();
    await rm(folder, { recursive: true, force: true });
  }
});
