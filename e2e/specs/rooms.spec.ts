// At an exam: a docket is scanned at its room, again, and stands in the room list at once.

import { chromium } from '@playwright/test';
import { rm } from 'node:fs/promises';
import { filmOf, late } from '../support/exam.ts';
import { withFilm } from '../support/gate.ts';
import { demo, expect, expectAccessible, expectWellMade, screens, signIn, test } from '../support/test.ts';

test('a docket is scanned at its room, and again', async ({ page }) => {
  await signIn(page, 'registrar');
  const own = await late(page, (seats) => seats.at(0));
  await page.goto(`/assessments/${own.assessment}/docket-figures`);
  await expectWellMade(page, 'docket-figures');
  const { folder, film } = await filmOf(page, own.docket);

  const { executablePath, args } = test.info().project.use.launchOptions!;
  const phone = await chromium.launch({ executablePath: executablePath!, args: [...args!, ...withFilm(film)] });
  try {
    const door = await phone.newPage({ viewport: { width: 360, height: 740 }, baseURL: demo().url });
    await signIn(door, 'invigilator', { fresh: true });
    await door.goto('/');
    await expect(door.getByRole('heading', { name: 'Where you verify' })).toBeVisible();
    await expectWellMade(door, 'today-invigilator');
    await door.goto('/verify');
    await expectWellMade(door, 'verify-rooms');
    await page.goto(`/sittings/${own.sitting}/room-list?state=admitted&q=${own.number}`);
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await expect(page.getByRole('rowheader', { name: own.number })).toHaveCount(0);
    await door.goto(`/verify/${own.room}`);
    await expectAccessible(door);
    await door.getByRole('button', { name: 'Scan with the camera' }).click();
    const verdict = door.getByRole('dialog');
    await expect(verdict.getByRole('heading', { name: 'Admit' })).toBeVisible();
    await expect(verdict.getByText(own.student)).toBeVisible();
    await screens(door, 'verify-docket');
    // The open room list hears of it.
    await expect(page.getByRole('rowheader', { name: own.number })).toBeVisible();
    await expect(verdict).toBeHidden();
    await door.getByRole('button', { name: 'Stop the camera' }).click();
    await door.reload();
    await door.getByRole('button', { name: 'Scan with the camera' }).click();
    await expect(verdict.getByRole('heading', { name: 'Already used' })).toBeVisible();
    await expect(verdict.getByText('scanned by')).toBeVisible();
    await expectWellMade(door, 'verify-docket-used');
    await page.goto(`/sittings/${own.sitting}/room-list`);
    await expectWellMade(page, 'room-list');
    await page.getByRole('link', { name: 'Scans', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Scans at');
    await expectWellMade(page, 'room-scans');
  } finally {
    await phone.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test('the registrar adds a hall to an assessment without sittings', async ({ page }) => {
  await signIn(page, 'registrar');
  await page.goto('/sittings');
  await page.getByRole('link', { name: 'Halls without sittings' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Hall of the east');
  await page.getByRole('button', { name: 'Add the hall' }).click();
  await expect(page.getByRole('rowheader', { name: 'Hall of the east' })).toBeVisible();
  await expectWellMade(page, 'halls');
  await page.getByRole('button', { name: 'Give up Hall of the east' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Give up Hall of the east' }).click();
  await expect(page.getByRole('rowheader', { name: 'Hall of the east no longer used' })).toBeVisible();
});
