// Signing in by the institution's own provider: there and back, and what is said to strangers.

import { emptyServer } from '../support/server.ts';
import { startProvider } from '../support/provider.ts';
import { expect, expectWellMade, test } from '../support/test.ts';

test('people sign in by the provider of their institution', async ({ page, consoleErrors }) => {
  consoleErrors.allow(/status of 40[13]/);
  const provider = await startProvider();
  const options = (origin: string): string[] => [
    ...['--base-url', origin, '--openid-issuer', provider.issuer],
    ...['--openid-client-id', 'muster', '--openid-name', 'Campus'],
    ...['--openid-claim', 'employee'],
  ];
  try {
    await emptyServer(async (link) => {
      const { origin } = new URL(link);
      await page.goto(link);
      await page.locator('input[name=institution]').fill('Hilltop School');
      await page.locator('input[name=name]').fill('Ada Lovelace');
      await page.locator('input[name=number]').fill('A1');
      await page.locator('input[name=password]').fill('seven plain words in a row');
      await page.locator('input[name=password]').press('Enter');
      await page.waitForURL(/\/sign-in/);
      await expectWellMade(page, 'provider-sign-in');

      provider.claims = { employee: 'Z9' };
      await page.getByRole('link', { name: 'Sign in with Campus' }).click();
      await page.getByRole('link', { name: 'Go on' }).click();
      await expect(page.getByRole('link', { name: 'Try Campus again' })).toBeVisible();
      await expectWellMade(page, 'provider-stranger');

      provider.claims = { employee: 'A1' };
      await page.getByRole('link', { name: 'Try Campus again' }).click();
      await page.getByRole('link', { name: 'Go on' }).click();
      await expect(page.getByRole('heading', { name: 'First steps' })).toBeVisible();
      expect(page.url().startsWith(origin)).toBe(true);
      const who = await page.request.get(`${origin}/api/v1/me`);
      expect(await who.json()).toMatchObject({ name: 'Ada Lovelace' });
      // The page listens to the server, which ends now.
      await page.goto('about:blank');
    }, options);
  } finally {
    await provider.stop();
  }
});
