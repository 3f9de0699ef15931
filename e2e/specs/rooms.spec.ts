// At an exam: a docket is scanned at its room, again, and stands in the room list at once.

import { chromium } from '@playwright/test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demo, expect, expectAccessible, expectWellMade, screens, signIn, test, type Page } from '../support/test.ts';

interface Seat {
  person: string;
  number: string;
  name: string;
  assigned_room: string | null;
  has_docket: boolean;
  state: string;
}

async function get<T>(page: Page, path: string): Promise<T> {
  const answer = await page.request.get(path);
  expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
  return (await answer.json()) as T;
}

/** A student of the demo's exam of today who has not come yet, another one for each project. */
async function late(page: Page): Promise<{ sitting: string; room: string; docket: string; student: string; number: string; assessment: string }> {
  const phone = test.info().project.name === 'phone';
  await page.goto('/sittings');
  const sitting = ((await page.locator('main tbody th a').first().getAttribute('href')) ?? '').replace('/sittings/', '');
  const { assessment } = await get<{ assessment: string }>(page, `/api/v1/sittings/${sitting}`);
  const list = await get<{ items: Seat[] }>(page, `/api/v1/sittings/${sitting}/room-list`);
  // Other specs hold and renew the dockets of these.
  const taken = ['S000013', 'S000014'];
  const waiting = list.items.filter((one) => one.state === 'not_yet' && one.has_docket && !taken.includes(one.number));
  const own = waiting.at(phone ? 0 : -1)!;
  const points = await get<{ items: { id: string; name: string }[] }>(page, `/api/v1/points?sitting=${sitting}`);
  const room = points.items.find((point) => point.name === own.assigned_room)!.id;
  const issued = await page.request.post(`/api/v1/people/${own.person}/dockets`, { data: { assessment } });
  expect(issued.ok(), await issued.text()).toBe(true);
  return { sitting, room, docket: ((await issued.json()) as { id: string }).id, student: own.name, number: own.number, assessment };
}

test('a docket is scanned at its room, and again', async ({ page }) => {
  test.setTimeout(120_000);
  const folder = await mkdtemp(join(tmpdir(), 'muster-rooms-'));
  await signIn(page, 'registrar');
  const own = await late(page);
  await page.goto(`/assessments/${own.assessment}/docket-figures`);
  await expectWellMade(page, 'docket-figures');
  const film = join(folder, 'camera.mjpeg');
  const size = page.viewportSize()!;
  await page.setViewportSize({ width: 640, height: 480 });
  await page.goto(`/dockets/${own.docket}`);
  await page.locator('article.docket svg').last().scrollIntoViewIfNeeded();
  await writeFile(film, await page.screenshot({ type: 'jpeg', quality: 100 }));
  await page.setViewportSize(size);

  const { executablePath, args } = test.info().project.use.launchOptions!;
  const phone = await chromium.launch({
    executablePath: executablePath!,
    args: [
      ...args!,
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${film}`,
    ],
  });
  try {
    const door = await phone.newPage({ viewport: { width: 360, height: 740 }, baseURL: demo().url });
    await signIn(door, 'invigilator', { fresh: true });
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
    await page.goto(`/sittings/${own.sitting}/room-list`);
    await expectWellMade(page, 'room-list');

    await expect(verdict).toBeHidden();
    await door.getByRole('button', { name: 'Stop the camera' }).click();
    await door.reload();
    await door.getByRole('button', { name: 'Scan with the camera' }).click();
    await expect(verdict.getByRole('heading', { name: 'Already used' })).toBeVisible();
    await expect(verdict.getByText('scanned by')).toBeVisible();
    await expectWellMade(door, 'verify-docket-used');
  } finally {
    await phone.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test('the registrar adds a hall to an assessment without sittings', async ({ page }) => {
  const project = test.info().project.name;
  await signIn(page, 'registrar');
  await page.goto('/sittings');
  await page.getByRole('link', { name: 'Halls without sittings' }).click();
  await page.getByLabel('Name', { exact: true }).fill(`Hall of ${project}`);
  await page.getByRole('button', { name: 'Add the hall' }).click();
  await expect(page.getByRole('rowheader', { name: `Hall of ${project}` })).toBeVisible();
  await expectWellMade(page, 'halls');
  await page.getByRole('button', { name: `Give up Hall of ${project}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: `Give up Hall of ${project}` }).click();
  await expect(page.getByRole('rowheader', { name: `Hall of ${project} no longer used` })).toBeVisible();
});
