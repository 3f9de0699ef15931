// Conflicts: what another node wrote and lost, written back or left as it is.

import { startServer, type Server } from '../support/server.ts';
import { expect, expectAccessible, expectWellMade, signInAt, test } from '../support/test.ts';

let server: Server;

test.beforeAll(async () => {
  server = await startServer();
});

test.afterAll(async () => {
  await server.stop();
});

test('what another node wrote is written back, or what stands is kept', async ({
  page,
  consoleErrors,
}) => {
  await signInAt(page, server.demo, 'registrar');
  await page.goto(`${server.demo.url}/conflicts`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Conflicts');
  const name = page.getByRole('article', { name: 'Name: AR101' });
  await expect(name).toContainText('Technical Drawing');
  await expect(name).toContainText('Drawing and Sketching');
  await expectWellMade(page, 'conflicts');

  // Without a reason nothing happens: the browser asks for it.
  await name.getByRole('button', { name: 'Write it back' }).click();
  await expect(name.getByLabel('Reason')).toBeFocused();
  await name.getByLabel('Reason').fill('The teacher is right');
  await name.getByRole('button', { name: 'Write it back' }).click();
  await expect(page.getByText('What was overwritten stands again.')).toBeVisible();
  await expect(page.getByRole('article', { name: 'Name: AR101' })).toHaveCount(0);

  // Somebody else settles the other one meanwhile: the page says so and shows what stands now.
  const credits = page.getByRole('article', { name: 'Credits: AR101' });
  const other = await page.context().newPage();
  await other.goto(`${server.demo.url}/conflicts`);
  const there = other.getByRole('article', { name: 'Credits: AR101' });
  await there.getByLabel('Reason').fill('Four, by the senate');
  await there.getByRole('button', { name: 'Keep what stands' }).click();
  await expect(other.getByText('What stands was kept.')).toBeVisible();
  await other.close();
  consoleErrors.allow(/409/);
  await credits.getByLabel('Reason').fill('Three');
  await credits.getByRole('button', { name: 'Write it back' }).click();
  await expect(page.getByText('Somebody settled this already.').first()).toBeVisible();
  await expect(page.getByText('Nothing was overwritten')).toBeVisible();
  await expectAccessible(page);

  await page.goto(`${server.demo.url}/conflicts?state=settled`);
  await expect(page.getByRole('article')).toHaveCount(2);
  await expect(page.getByText('Four, by the senate')).toBeVisible();
  await expectAccessible(page);
});
