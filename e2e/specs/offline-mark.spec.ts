// A student marks themself without a network: the scan outlives a reload, and arrives later. The camera
// is a file: what the projector showed. A server of its own: its codes change slowly.

import { chromium } from '@playwright/test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withFilm } from '../support/gate.ts';
import { startServer, type Server } from '../support/server.ts';
import { expect, expectWellMade, screens, signInAt, test, type Page } from '../support/test.ts';

test.use({ serviceWorkers: 'allow' });

let server: Server;
let folder: string;
test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-offline-mark-'));
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

/** What the bar says of one thing. */
function fact(page: Page, name: string) {
  return page.locator(`[data-fact=${name}]`);
}

async function wellMade(page: Page, name: string): Promise<void> {
  await page.evaluate(() => scrollTo(0, 0));
  await expectWellMade(page, name);
}

test('a code that is scanned without a network marks its student later', async ({ browser }) => {
  const lectern = await browser.newContext({ viewport: { width: 640, height: 480 }, serviceWorkers: 'block' });
  const teacher = await lectern.newPage();
  await signInAt(teacher, server.demo, 'teacher');
  const taught = await classes(teacher);

  const film = join(folder, 'camera.mjpeg');
  await writeFile(film, await teacher.screenshot({ type: 'jpeg', quality: 100 }));
  const { executablePath, args } = test.info().project.use.launchOptions!;
  const camera = await chromium.launch({ executablePath: executablePath!, args: [...args!, ...withFilm(film)] });
  const pocket = await camera.newContext({ viewport: { width: 360, height: 740 }, timezoneId: 'UTC', locale: 'en-GB' });
  try {
    const phone = await pocket.newPage();
    // Nobody is signed in yet.
    await phone.goto(`${server.demo.url}/mark/device`);
    await expect(phone.getByText('You are signed out.')).toBeVisible();
    await wellMade(phone, 'student-app-signed-out');
    await signInAt(phone, server.demo, 'student');
    const shared = (await classes(phone)).find((id) => taught.includes(id));
    expect(shared, 'a class that both have').toBeDefined();
    await phone.goto(`${server.demo.url}/mark/device`);
    await expect(fact(phone, 'phone')).toHaveText('Registered');
    await expect.poll(() => phone.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
    await wellMade(phone, 'student-app-ready');

    await teacher.goto(`${server.demo.url}/classes/${shared}`);
    await teacher.getByRole('button', { name: 'Open session' }).click();
    await teacher.waitForURL(/\/sessions\//);
    const session = teacher.url();
    await teacher.goto(`${session}/projector`);
    await expect(teacher.locator('.qr svg path')).toBeVisible();
    await writeFile(film, await teacher.screenshot({ type: 'jpeg', quality: 100 }));

    await pocket.setOffline(true);
    await expect(fact(phone, 'link')).toHaveText('Offline');
    await phone.getByRole('button', { name: 'Scan the code' }).click();
    await expect(phone.getByRole('heading', { name: 'Kept on this phone' })).toBeVisible();
    await expect(fact(phone, 'waiting')).toHaveText('1');
    await wellMade(phone, 'student-app-kept');
    // The page opens again without a network, and remembers.
    await phone.reload();
    await expect(fact(phone, 'waiting')).toHaveText('1');
    await expect(phone.getByText('Waiting', { exact: true })).toBeVisible();
    // So does the page of a code, as the phone's own camera opens it.
    await phone.goto(`${server.demo.url}/mark`);
    await expect(fact(phone, 'waiting')).toHaveText('1');

    await pocket.setOffline(false);
    await expect(fact(phone, 'waiting')).toHaveText('0');
    await expect(phone.getByText('You are marked.')).toBeVisible();
    await wellMade(phone, 'student-app-sent');

    await teacher.setViewportSize({ width: 1280, height: 800 });
    await teacher.goto(session);
    const section = teacher.getByRole('region', { name: 'Scanned without a network' });
    await expect(section.getByText('Counted')).toBeVisible();
    await screens(teacher, 'session-offline');
    await expectWellMade(teacher, 'session-offline');
    await teacher.setViewportSize({ width: 360, height: 740 });
    await expectWellMade(teacher, 'session-offline-phone');
  } finally {
    await camera.close();
    await lectern.close();
  }
});
