// A student marks themself where the class wants to know how far they are from its room. A server
// of its own: the settings are changed.

import { startServer, type Server } from '../support/server.ts';
import { expect, expectWellMade, signInAt, test } from '../support/test.ts';

const ROOM = { latitude: 12.971599, longitude: 77.594566 };
const FAR = { latitude: 12.989599, longitude: 77.594566 };

let server: Server;
test.beforeAll(async () => {
  server = await startServer();
});
test.afterAll(() => server.stop());

test('the distance is asked for, told, and seen by the teacher', async ({ browser }) => {
  const office = await browser.newContext({ geolocation: ROOM, permissions: ['geolocation'] });
  const registrar = await office.newPage();
  await signInAt(registrar, server.demo, 'registrar');
  await registrar.goto(`${server.demo.url}/settings`);
  await registrar
    .getByLabel('A mark in class far from the room, or without a distance')
    .selectOption({ label: 'Refuse the mark' });
  await registrar.getByRole('button', { name: 'Save', exact: true }).first().click();

  const lectern = await browser.newContext();
  const teacher = await lectern.newPage();
  await signInAt(teacher, server.demo, 'teacher');

  const street = await browser.newContext({ geolocation: FAR, permissions: ['geolocation'] });
  const student = await street.newPage();
  await signInAt(student, server.demo, 'student');
  await student.goto(`${server.demo.url}/attendance`);
  const own = await student.locator('a[href^="/classes/"]').evaluateAll((links) =>
    links.map((link) => link.getAttribute('href')!.split('/')[2]!),
  );
  await teacher.goto(`${server.demo.url}/classes`);
  const taught = await teacher.locator('main tbody a[href^="/classes/"]').evaluateAll((links) =>
    links.map((link) => link.getAttribute('href')!.split('/')[2]!),
  );
  const shared = taught.find((id) => own.includes(id));
  expect(shared, 'a class that both have').toBeDefined();

  await registrar.goto(`${server.demo.url}/classes/${shared}`);
  await registrar.getByRole('button', { name: 'Use where I am' }).click();
  await expect(registrar.getByText(/Filled in, exact to about/)).toBeVisible();
  await registrar.getByRole('button', { name: 'Save where it is' }).click();
  await expect(registrar.getByLabel('Latitude')).toHaveValue('12.971599');
  await expectWellMade(registrar, 'registrar-class-location');

  await teacher.goto(`${server.demo.url}/classes/${shared}`);
  await teacher.getByRole('button', { name: 'Open session' }).click();
  await teacher.waitForURL(/\/sessions\//);
  const session = new URL(teacher.url()).pathname.split('/')[2];
  const typed = async (): Promise<string> => {
    const answer = await lectern.request.get(`${server.demo.url}/api/v1/sessions/${session}/code`);
    return ((await answer.json()) as { typed_code: string }).typed_code;
  };

  const mark = async (): Promise<void> => {
    await student.goto(`${server.demo.url}/mark`);
    await student.getByLabel('Code from the screen').fill(await typed());
    await student.getByRole('button', { name: 'Mark me present' }).click();
  };
  await student.goto(`${server.demo.url}/mark`);
  await expect(student.getByText('Only the distance in metres is kept')).toBeVisible();
  await expectWellMade(student, 'student-mark-distance');
  await mark();
  await expect(student.getByText(/your browser puts you elsewhere/)).toBeVisible();
  await street.setGeolocation(ROOM);
  await mark();
  await expect(student.getByText(/You are marked/)).toBeVisible();
  await Promise.all([office.close(), lectern.close(), street.close()]);
});
