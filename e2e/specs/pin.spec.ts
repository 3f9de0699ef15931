// A teacher's PIN: allowed by the registrar, set, and used on the computer in the classroom. It
// changes how somebody signs in, so it has a demo of its own.

import { startServer, type Server } from '../support/server.ts';
import { expect, expectWellMade, signInAt, signInOf, test } from '../support/test.ts';

let server: Server;
test.beforeAll(async () => {
  server = await startServer();
});
test.afterAll(async () => server.stop());

test('a teacher sets a PIN and opens one class with it, and nothing else', async ({
  page,
  consoleErrors,
}) => {
  consoleErrors.allow(/40[13]|422/);
  await signInAt(page, server.demo, 'registrar');
  await page.goto(`${server.demo.url}/settings`);
  await page.getByLabel('Teachers may sign in by PIN').selectOption({ label: 'Yes' });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByLabel('Teachers may sign in by PIN')).toHaveValue('true');

  await signInAt(page, server.demo, 'teacher');
  await page.goto(`${server.demo.url}/classes`);
  const link = page.locator('main a[href^="/classes/"]').first();
  const href = (await link.getAttribute('href')) ?? '';
  await page.goto(`${server.demo.url}/security`);
  await expectWellMade(page, 'security-pin');
  await page.getByRole('link', { name: 'Set a PIN' }).click();
  await page.getByLabel('Your password').fill(signInOf('teacher', server.demo).password);
  await page.getByLabel('New PIN').fill('123456');
  await page.getByRole('button', { name: 'Set the PIN' }).click();
  await expect(page.getByText('easy to guess').first()).toBeVisible();
  await expectWellMade(page, 'pin-refused');
  await page.getByLabel('Your password').fill(signInOf('teacher', server.demo).password);
  await page.getByLabel('New PIN').fill('402917');
  await page.getByRole('button', { name: 'Set the PIN' }).click();
  await expect(page.getByText('Your PIN is set')).toBeVisible();
  await expectWellMade(page, 'pin-set');
  await page.goto(`${server.demo.url}${href}`);
  const code = /[A-Z]{2,}\s?\d+[^,]*/.exec((await page.locator('.heading').textContent()) ?? '');
  const named = (code?.[0] ?? '').split('·').map((part) => part.trim());

  await page.context().clearCookies();
  await page.goto(`${server.demo.url}/sign-in`);
  await page.getByRole('link', { name: /class and PIN/ }).click();
  await expectWellMade(page, 'pin-sign-in');
  await page.getByLabel('Class').fill(named.slice(0, 2).join(' '));
  await page.getByLabel('PIN', { exact: true }).fill('999998');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByText("That class and PIN don't match").first()).toBeVisible();
  await expectWellMade(page, 'pin-wrong');
  await page.getByLabel('PIN', { exact: true }).fill('402917');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page).toHaveURL(`${server.demo.url}${href}`);
  await expectWellMade(page, 'pin-class');
  await page.goto(`${server.demo.url}/password`);
  await expect(page.getByLabel('New password')).toHaveCount(0);
});
