// Roles for one event or one assessment: given on its page, they open that one and nothing else, until
// they end.

import { startServer, type Server } from '../support/server.ts';
import { wellMade } from '../support/phones.ts';
import { expect, signInAt, signInOf, test, type Page } from '../support/test.ts';

let server: Server;
test.beforeAll(async () => {
  server = await startServer();
});
test.afterAll(() => server.stop());

interface Named {
  id: string;
  name: string;
  kind: string;
  /** Of a point: what one enters there. */
  scope: string;
}

async function list(page: Page, path: string): Promise<Named[]> {
  const answer = await page.request.get(`${server.demo.url}/api/v1${path}`);
  expect(answer.ok(), path).toBe(true);
  return ((await answer.json()) as { items: Named[] }).items;
}

/** Two people who are signed in, each in a browser of their own: the office, and somebody who teaches. */
async function two(browser: { newContext: (options: object) => Promise<{ newPage: () => Promise<Page> }> }): Promise<[Page, Page]> {
  const { viewport } = test.info().project.use;
  const [office, other] = [await browser.newContext({ viewport }), await browser.newContext({ viewport })];
  const pages: [Page, Page] = [await office.newPage(), await other.newPage()];
  await signInAt(pages[0], server.demo, 'super administrator');
  await signInAt(pages[1], server.demo, 'teacher');
  return pages;
}

/** The office appoints whoever teaches, on the page that is open. */
async function appoint(office: Page, role: string): Promise<void> {
  const section = office.getByRole('region', { name: /of this (event|assessment)/ });
  await section.getByLabel('Number, user name or e-mail address').fill('nobody-of-ours');
  await section.getByLabel('Role').selectOption({ label: role });
  await section.getByRole('button', { name: 'Appoint' }).click();
  await expect(section.getByText('Nobody active has this number, name or address.')).toBeVisible();
  await wellMade(office, `appoint-refused-${role.replaceAll(' ', '-')}`);
  await section.getByLabel('Number, user name or e-mail address').fill(signInOf('teacher', server.demo).identifier);
  await section.getByLabel('Role').selectOption({ label: role });
  await section.getByRole('button', { name: 'Appoint' }).click();
  await expect(section.getByRole('row').filter({ hasText: role })).toBeVisible();
  await wellMade(office, `appointed-${role.replaceAll(' ', '-')}`);
}

async function end(office: Page): Promise<void> {
  const section = office.getByRole('region', { name: /of this (event|assessment)/ });
  await section.getByRole('button', { name: 'End' }).click();
  await office.getByRole('dialog').getByRole('button', { name: 'End' }).click();
  await expect(section.getByText(/^Nobody holds a role for this/)).toBeVisible();
}

test('whoever is appointed for one event works there, and sees no other', async ({ browser, consoleErrors }) => {
  consoleErrors.allow(/403|422/);
  const [office, other] = await two(browser);
  for (const page of [office, other]) consoleErrors.watch(page);
  const { url } = server.demo;
  const events = await list(office, '/events');
  const [own, closed] = [events.find((one) => one.name === 'Spring Ball')!, events.find((one) => one.name === 'Open House')!];
  const refused = await other.goto(`${url}/events/${own.id}`);
  expect(refused?.status()).toBe(403);

  await office.goto(`${url}/events/${own.id}`);
  await appoint(office, 'Gate staff');
  await other.goto(`${url}/events`);
  await expect(other.getByRole('link', { name: 'Spring Ball' })).toBeVisible();
  await expect(other.getByText('Open House')).toHaveCount(0);
  await wellMade(other, 'events-of-one');
  await other.getByRole('link', { name: 'Spring Ball' }).click();
  await expect(other.getByRole('heading', { level: 1, name: 'Spring Ball' })).toBeVisible();
  // At the gate one issues and verifies; one appoints nobody.
  await expect(other.getByRole('link', { name: 'Issue a pass' })).toBeVisible();
  await expect(other.getByRole('button', { name: 'Appoint' })).toHaveCount(0);
  await wellMade(other, 'event-of-one');
  expect((await list(other, '/events')).map((one) => one.name)).toEqual(['Spring Ball']);
  expect((await other.goto(`${url}/events/${closed.id}`))?.status()).toBe(403);
  await other.goto(`${url}/verify`);
  await expect(other.getByText('Main entrance')).toBeVisible();
  await expect(other.getByText('North gate')).toHaveCount(0);

  await end(office);
  expect((await other.goto(`${url}/events/${own.id}`))?.status()).toBe(403);
  expect((await other.request.get(`${url}/api/v1/events`)).status()).toBe(403);
});

test('whoever is appointed for one assessment verifies at its rooms', async ({ browser, consoleErrors }) => {
  consoleErrors.allow(/403|422/);
  const [office, other] = await two(browser);
  for (const page of [office, other]) consoleErrors.watch(page);
  const { url } = server.demo;
  expect((await other.goto(`${url}/sittings`))?.status()).toBe(403);
  const points = await list(office, '/points');
  const [room, gate] = [points.find((one) => one.kind === 'room')!, points.find((one) => one.kind === 'gate')!];
  const sitting = await office.request.get(`${url}/api/v1/sittings/${room.scope}`);
  const { assessment } = (await sitting.json()) as { assessment: string };
  await office.goto(`${url}/assessments/${assessment}`);
  await appoint(office, 'Invigilator');
  expect((await other.goto(`${url}/verify/${room.id}`))?.status()).toBe(200);
  await wellMade(other, 'room-of-one');
  const kinds = new Set((await list(other, '/points')).map((one) => one.kind));
  expect(kinds.has('room') && !kinds.has('gate'), [...kinds].join()).toBe(true);
  expect((await other.goto(`${url}/verify/${gate.id}`))?.status()).toBe(403);
  await end(office);
  expect((await other.goto(`${url}/verify/${room.id}`))?.status()).toBe(403);
});
