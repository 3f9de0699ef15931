// A node that vouches for itself: the pages that explain it, and a browser that believes it.

import { chromium } from '@playwright/test';
import { createHash } from 'node:crypto';
import { connect } from 'node:tls';
import { emptyServer, freePort } from '../support/server.ts';
import { expect, expectWellMade, test } from '../support/test.ts';

/** What a browser is told of a key that it shall believe: SHA-256 of the public half. */
function keyOf(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' });
      socket.end();
      if (key === undefined) reject(new Error('no certificate'));
      else resolve(createHash('sha256').update(key).digest('base64'));
    });
    socket.once('error', reject);
  });
}

test('a device is told how to trust the node, and has its camera then', async ({ page }) => {
  const port = await freePort();
  const options = (): string[] => [
    '--tls', 'own', '--tls-listen', `127.0.0.1:${port}`, '--lan', '--lan-address', '127.0.0.1',
  ];
  await emptyServer(async (link) => {
    const { origin } = new URL(link);
    await page.goto(`${origin}/trust`);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Trust this node');
    await expect(page.locator('details[open]')).toHaveCount(1);
    await expectWellMade(page, 'trust');
    for (const steps of await page.locator('details').all()) {
      if ((await steps.getAttribute('open')) === null) await steps.locator('summary').click();
    }
    await expectWellMade(page, 'trust-unfolded');
    await page.goto(`${origin}/join`);
    await expect(page.getByRole('link', { name: origin, exact: true })).toBeVisible();
    await expectWellMade(page, 'join');

    const browser = await chromium.launch({
      executablePath: test.info().project.use.launchOptions!.executablePath!,
      args: [
        '--no-sandbox',
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        `--ignore-certificate-errors-spki-list=${await keyOf(port)}`,
      ],
    });
    try {
      const trusting = await browser.newPage();
      const answer = await trusting.goto(`https://localhost:${port}/sign-in`);
      expect(answer?.status()).toBe(200);
      const seen = await trusting.evaluate(async () => {
        const camera = await navigator.mediaDevices.getUserMedia({ video: true });
        return { secure: isSecureContext, cameras: camera.getVideoTracks().length };
      });
      expect(seen).toEqual({ secure: true, cameras: 1 });
    } finally {
      await browser.close();
    }
  }, options);
});
