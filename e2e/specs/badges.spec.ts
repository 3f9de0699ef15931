// Badges: the office issues a card, its student shows it, and the teacher's camera marks them by it.

import { chromium } from '@playwright/test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, type Server } from '../support/server.ts';
import { expect, expectWellMade, signInAt, test, type Page } from '../support/test.ts';

let server: Server;
let folder: string;
test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-badges-'));
  server = await startServer();
});
test.afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Classes that somebody's list shows. */
async function classes(page: Page): Promise<string[]> {
  const answer = await page.request.get(`${server.demo.url}/api/v1/classes?mine=true`);
  return ((await answer.json()) as { items: { id: string }[] }).items.map((item) => item.id);
}

/** Who is signed in. */
async function own(page: Page): Promise<{ id: string; name: string }> {
  const answer = await page.request.get(`${server.demo.url}/api/v1/me`);
  return (await answer.json()) as { id: string; name: string };
}

test('a badge is issued, shown and scanned', async ({ browser, consoleErrors }) => {
  const { url } = server.demo;
  const desk = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  const hand = await browser.newContext({ viewport: { width: 640, height: 480 } });
  const [office, student] = [await desk.newPage(), await hand.newPage()];
  for (const page of [office, student]) consoleErrors.watch(page);
  await signInAt(office, server.demo, 'registrar');
  await signInAt(student, server.demo, 'student');
  const me = await own(student);

  await office.goto(`${url}/people/${me.id}`);
  await office.getByRole('link', { name: 'Badge' }).click();
  const issue = office.getByRole('button', { name: 'Issue a badge' });
  const qr = office.locator('.pass-qr svg');
  await expect(issue.or(qr)).toBeVisible();
  if (await issue.isVisible()) await issue.click();
  await expect(qr).toBeVisible();
  await expectWellMade(office, 'badge-office');
  await office.goto(`${url}/badges`);
  await expectWellMade(office, 'badges');
  await office.getByLabel('For whom').selectOption('staff');
  await office.getByRole('button', { name: 'Issue badges' }).click();
  await expect(office.getByRole('link', { name: /^PDF/ }).first()).toBeVisible({ timeout: 60_000 });
  await expectWellMade(office, 'badge-batch');

  await student.goto(`${url}/me`);
  await student.getByRole('link', { name: 'Your badge' }).click();
  await expect(student.locator('.pass-qr svg')).toBeVisible();
  await expectWellMade(student, 'badge-own');
  const code = (await student.locator('.pass-code').textContent()) ?? '';
  await student.locator('.pass-qr').scrollIntoViewIfNeeded();
  const film = join(folder, 'camera.mjpeg');
  await writeFile(film, await student.screenshot({ type: 'jpeg', quality: 100 }));
  const attended = await classes(student);

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
    const teacher = await phone.newPage({ viewport: { width: 360, height: 740 } });
    consoleErrors.watch(teacher);
    await signInAt(teacher, server.demo, 'teacher');
    const shared = (await classes(teacher)).find((id) => attended.includes(id));
    expect(shared, 'a class that both have').toBeDefined();
    await teacher.goto(`${url}/classes/${shared}`);
    await teacher.getByRole('button', { name: 'Open session' }).click();
    await teacher.waitForURL(/\/sessions\//);
    await teacher.getByRole('link', { name: 'Scan badges' }).click();
    await expect(teacher.getByText('Live', { exact: true })).toBeVisible();
    await expectWellMade(teacher, 'badge-scan-empty');

    consoleErrors.allow(/409|422/);
    const result = teacher.locator('[data-result]');
    await teacher.getByLabel('Code of the badge').fill('00000-00000');
    await teacher.getByRole('button', { name: 'Mark', exact: true }).click();
    await expect(result.getByText('Nobody has this badge')).toBeVisible();

    await teacher.getByRole('button', { name: 'Scan with the camera' }).click();
    await expect(result.getByText(`${me.name} is marked`)).toBeVisible({ timeout: 30_000 });
    await expect(teacher.getByRole('table').getByText(me.name)).toHaveCount(1);
    await expect(teacher.locator('[data-count=unmarked]')).not.toHaveText('0');
    await expectWellMade(teacher, 'badge-scanned');
    await teacher.getByRole('button', { name: 'Stop the camera' }).click();
    await teacher.getByLabel('Code of the badge').fill(code.toLowerCase());
    await teacher.getByRole('button', { name: 'Mark', exact: true }).click();
    await expect(result.getByText(`${me.name} was marked`)).toBeVisible();

    // A card that is lost marks nobody any more.
    await office.goto(`${url}/people/${me.id}/badge`);
    await office.getByLabel('Why').fill('Lost on the bus');
    await office.getByRole('button', { name: 'Withdraw the badge' }).click();
    await office.getByRole('dialog').getByRole('button', { name: 'Withdraw the badge' }).click();
    await expect(office.getByText('This badge was withdrawn')).toBeVisible();
    await expectWellMade(office, 'badge-withdrawn');
    await teacher.getByLabel('Code of the badge').fill(code);
    await teacher.getByRole('button', { name: 'Mark', exact: true }).click();
    await expect(result.getByText(`This badge of ${me.name} was withdrawn`)).toBeVisible();
  } finally {
    await phone.close();
    await Promise.all([desk.close(), hand.close()]);
  }
});
