// An authenticator app, from setting it up to signing in with it and losing it. It changes how
// somebody signs in, so it has a demo of its own.

import { createHmac } from 'node:crypto';
import { startServer, type Server } from '../support/server.ts';
import { expect, expectWellMade, signInAt, signInOf, test } from '../support/test.ts';

let server: Server;
test.beforeAll(async () => {
  server = await startServer();
});
test.afterAll(async () => server.stop());

/** The code that an app shows (RFC 6238), `ahead` steps of 30 seconds from now. */
function code(secret: string, ahead = 0): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replaceAll(' ', '')]
    .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const mac = createHmac('sha1', key).update(step).digest();
  const number = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, '0');
}

test('a teacher sets up an app, signs in with it, loses it and is helped', async ({
  page,
  consoleErrors,
}) => {
  consoleErrors.allow(/status of 4\d\d/);
  await signInAt(page, server.demo, 'teacher');
  await page.goto(`${server.demo.url}/security`);
  await expectWellMade(page, 'security');
  await page.getByRole('link', { name: 'Set up an app' }).click();
  await expectWellMade(page, 'security-begin');
  await page.getByLabel('Present password').fill(signInOf('teacher', server.demo).password);
  await page.getByRole('button', { name: 'Go on' }).click();
  await expectWellMade(page, 'security-totp');
  const secret = (await page.locator('code.secret').textContent()) ?? '';
  await page.getByLabel('Code that the app shows').fill('000000');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await expect(page.locator('#code-error')).toContainText('not the code');
  await page.getByLabel('Code that the app shows').fill(code(secret, -1));
  await page.getByRole('button', { name: 'Confirm' }).click();
  const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
  await expect(codes).toHaveCount(10);
  await expectWellMade(page, 'security-codes');
  const recovery = (await codes.first().textContent()) ?? '';
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await expect(page.getByText('In use')).toBeVisible();
  await expectWellMade(page, 'security-in-use');

  await page.context().clearCookies();
  await signInAt(page, server.demo, 'teacher');
  await expect(page.getByRole('heading', { name: 'Second step' })).toBeVisible();
  await expectWellMade(page, 'second-step');
  await page.goto(`${server.demo.url}/classes`);
  await expect(page).toHaveURL(/sign-in\?back=/);
  await page.goto(`${server.demo.url}/sign-in/second`);
  await page.getByLabel('Code', { exact: true }).fill(code(secret));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(`${server.demo.url}/`);

  await page.context().clearCookies();
  await signInAt(page, server.demo, 'teacher');
  await page.getByLabel('Code', { exact: true }).fill(recovery.toLowerCase());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(`${server.demo.url}/`);
  await page.goto(`${server.demo.url}/inbox`);
  await expect(page.getByText('You signed in with a recovery code')).toBeVisible();

  await page.context().clearCookies();
  await signInAt(page, server.demo, 'registrar');
  await page.goto(`${server.demo.url}/people?q=${signInOf('teacher', server.demo).identifier}`);
  await page.locator('main tbody a').first().click();
  await expectWellMade(page, 'person-second-factor');
  await page.getByLabel('Why it is removed').fill('lost phone, came in person');
  await page.getByRole('button', { name: 'Remove the second factor' }).click();
  await page.getByRole('dialog').getByRole('button').last().click();
  await expect(page.getByRole('heading', { name: 'Second factor' })).toBeHidden();
  await page.context().clearCookies();
  await signInAt(page, server.demo, 'teacher');
  await expect(page).toHaveURL(`${server.demo.url}/`);
});

test('an administrator who must have a second factor sets it up on the way in', async ({ page }) => {
  await signInAt(page, server.demo, 'super administrator');
  await page.goto(`${server.demo.url}/settings`);
  await page.getByLabel('Administrators need a second factor').selectOption({ label: 'Yes' });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.context().clearCookies();
  await signInAt(page, server.demo, 'registrar');
  await expect(page.getByRole('heading', { name: 'Set up a second factor' })).toBeVisible();
  await expectWellMade(page, 'second-step-enrolment');
  const secret = (await page.locator('code.secret').textContent()) ?? '';
  await page.getByLabel('Code that the app shows').fill(code(secret));
  await page.getByRole('button', { name: 'Confirm and sign in' }).click();
  await expectWellMade(page, 'second-step-codes');
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await expect(page).not.toHaveURL(/sign-in/);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
});
