// The first run: from an empty folder to the first steps.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, expectWellMade, test } from '../support/test.ts';
import { freePort } from '../support/server.ts';

/** An empty server, with the link that it prints, until `use` ends. */
async function emptyServer(use: (link: string) => Promise<void>): Promise<void> {
  const binary =
    process.env['MUSTER_BIN'] ?? join(import.meta.dirname, '../../target/debug/muster');
  const data = await mkdtemp(join(tmpdir(), 'muster-e2e-'));
  const listen = `127.0.0.1:${await freePort()}`;
  const child = spawn(binary, ['serve', '--data', data, '--listen', listen], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    const link = await new Promise<string>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`muster serve ended with ${code}`)));
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          const found = /\/setup\/[0-9a-z]+/.exec(line);
          if (found !== null) resolve(`http://${listen}${found[0]}`);
        });
      }
    });
    await use(link);
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    await rm(data, { recursive: true, force: true });
  }
}

test('a new server is set up, and says what comes first', async ({ page }) => {
  await emptyServer(async (link) => {
    const { origin } = new URL(link);
    await page.goto(link);
    await expectWellMade(page, 'setup');
    await page.locator('input[name=institution]').fill('Hilltop School');
    await page.locator('input[name=name]').fill('Ada Lovelace');
    await page.locator('input[name=number]').fill('A1');
    await page.locator('input[name=password]').fill('seven plain words in a row');
    await page.locator('input[name=password]').press('Enter');
    await page.waitForURL(/\/sign-in/);
    await page.locator('input[name=identifier]').fill('A1');
    await page.locator('input[name=password]').fill('seven plain words in a row');
    await page.locator('input[name=password]').press('Enter');
    await expect(page.getByRole('heading', { name: 'First steps' })).toBeVisible();
    await expect(page.getByText('To do', { exact: true })).toHaveCount(5);
    await expectWellMade(page, 'first-steps');

    await page.getByRole('link', { name: 'Add a term' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Autumn 2026');
    await page.getByLabel('First day', { exact: true }).fill('2026-09-01');
    await page.getByLabel('Last day', { exact: true }).fill('2026-12-18');
    await page.getByRole('button', { name: 'Add term' }).click();
    await page.goto(`${origin}/overview`);
    await expect(page.getByText('To do', { exact: true })).toHaveCount(4);
    await page.goto(`${origin}/classes`);
    await expectWellMade(page, 'classes-empty');
    await page.goto(`${origin}/people?role=student`);
    await expect(page.getByText('Nobody found')).toBeVisible();
  });
});
