// A student scans the code on the projector with the page itself. The camera is a file: what the
// projector showed a moment ago. A server of its own: its codes change slowly.

import { chromium } from '@playwright/test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, type Server } from '../support/server.ts';
import { expect, expectWellMade, signInAt, test, type Page } from '../support/test.ts';

let server: Server;
let folder: string;
test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-scan-'));
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

/** A browser whose camera sees the last picture that was written to the file. */
async function withCamera(file: string): Promise<Awaited<ReturnType<typeof chromium.launch>>> {
  const { executablePath, args } = test.info().project.use.launchOptions!;
  return chromium.launch({
    executablePath: executablePath!,
    args: [
      ...args!,
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${file}`,
    ],
  });
}

test('the code on the projector is scanned with the page', async ({ browser }) => {
  const desk = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  const registrar = await desk.newPage();
  await signInAt(registrar, server.demo, 'registrar');
  await registrar.goto(`${server.demo.url}/settings`);
  await registrar.getByLabel('Seconds that a code is on screen').fill('30');
  await registrar.getByRole('button', { name: 'Save', exact: true }).first().click();

  const lectern = await browser.newContext({ viewport: { width: 640, height: 480 } });
  const teacher = await lectern.newPage();
  await signInAt(teacher, server.demo, 'teacher');
  const taught = await classes(teacher);

  const film = join(folder, 'camera.mjpeg');
  const phone = await withCamera(film);
  const student = await phone.newPage({ viewport: { width: 360, height: 740 } });
  // An older browser, which has no frames of a video to hand to the worker.
  await student.addInitScript(() => void Reflect.deleteProperty(globalThis, 'VideoFrame'));
  await signInAt(student, server.demo, 'student');
  const shared = (await classes(student)).find((id) => taught.includes(id));
  expect(shared, 'a class that both have').toBeDefined();
  await teacher.goto(`${server.demo.url}/classes/${shared}`);
  await teacher.getByRole('button', { name: 'Open session' }).click();
  await teacher.waitForURL(/\/sessions\//);
  const session = teacher.url();

  const photograph = async (page: Page): Promise<void> =>
    writeFile(film, await page.screenshot({ type: 'jpeg', quality: 100 }));
  // A page without a code: the camera looks on.
  await photograph(teacher);
  await student.goto(`${server.demo.url}/mark`);
  await student.getByRole('button', { name: 'Scan with this page' }).click();
  await expect(student.getByText('Hold the phone so that')).toBeVisible();
  await expectWellMade(student, 'student-mark-scanner');
  await student.getByRole('button', { name: 'Close' }).click();

  await teacher.goto(`${session}/projector`);
  await expect(teacher.locator('.qr svg path')).toBeVisible();
  await photograph(teacher);
  await student.getByRole('button', { name: 'Scan with this page' }).click();
  await expect(student.getByText('Your code is valid')).toBeVisible();
  await expectWellMade(student, 'student-mark-scanned');
  await student.getByRole('button', { name: 'Mark me present' }).click();
  await expect(student.getByText('You are marked.')).toBeVisible();
  await phone.close();
  await Promise.all([desk.close(), lectern.close()]);
});
