// A passkey, with the browser's virtual authenticator: added, used after the password, and refused
// once it may have been copied. It changes how somebody signs in, so it has a demo of its own.

import { startServer, type Server } from '../support/server.ts';
import { expect, expectWellMade, test, type Page } from '../support/test.ts';

let server: Server;
/** Browsers make passkeys for names alone, so the server is called by its own. */
let url: string;
test.beforeAll(async () => {
  server = await startServer();
  url = server.demo.url.replace('127.0.0.1', 'localhost');
});
test.afterAll(async () => server.stop());

function teacher(): { identifier: string; password: string } {
  const found = server.demo.sign_ins.find((each) => each.role === 'teacher');
  if (found === undefined) throw new Error('no teacher in the demo');
  return found;
}

async function password(page: Page): Promise<void> {
  await page.context().clearCookies();
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('Number, user name or e-mail').fill(teacher().identifier);
  await page.getByLabel('Password').fill(teacher().password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('a teacher adds a passkey, signs in with it, and a copy of it is refused', async ({
  page,
  consoleErrors,
}) => {
  consoleErrors.allow(/status of 4\d\d/);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });

  await password(page);
  await page.goto(`${url}/security/passkeys/new`);
  await expectWellMade(page, 'passkey-new');
  await page.getByLabel('Name', { exact: true }).fill('office laptop');
  await page.getByLabel('Present password').fill(teacher().password);
  await page.getByRole('button', { name: 'Go on' }).click();
  await expectWellMade(page, 'passkey-make');
  await page.getByRole('button', { name: 'Make the passkey' }).click();
  const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
  await expect(codes).toHaveCount(10);
  await page.goto(`${url}/security`);
  await expect(page.getByRole('link', { name: 'office laptop' })).toBeVisible();
  await expectWellMade(page, 'security-passkey');

  await password(page);
  await expectWellMade(page, 'second-step-passkey');
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page).toHaveURL(`${url}/`);

  // A copy counts on from where it was made: behind its original.
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
  const [original] = credentials;
  if (original === undefined) throw new Error('the authenticator holds no key');
  await cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId: original.credentialId });
  await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...original, signCount: 0 } });
  await password(page);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await expect(page).toHaveURL(/sign-in/);

  await password(page);
  await cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId: original.credentialId });
  await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...original, signCount: 9 } });
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page).toHaveURL(`${url}/`);
  await page.goto(`${url}/inbox`);
  await expect(page.getByText('A passkey was refused')).toBeVisible();

  await page.goto(`${url}/security`);
  await page.getByRole('link', { name: 'office laptop' }).click();
  await page.getByLabel('Name', { exact: true }).fill('old laptop');
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByRole('link', { name: 'old laptop' }).click();
  await expectWellMade(page, 'passkey');
  await page.getByLabel('Present password').fill(teacher().password);
  await page.getByRole('button', { name: 'Remove the passkey' }).click();
  await expect(page.getByText('old laptop')).toBeHidden();
  await password(page);
  await expect(page).toHaveURL(`${url}/`);
});
