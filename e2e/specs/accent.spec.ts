// The institution's own colour can be read in both themes, whatever it is. A server of its own: the
// settings are changed.

import { startServer, type Server } from '../support/server.ts';
import { expect, expectWellMade, signInAt, test } from '../support/test.ts';

let server: Server;
test.beforeAll(async () => {
  server = await startServer();
});
test.afterAll(() => server.stop());

for (const [name, colour] of [['yellow', '#ffdd00'], ['dark blue', '#0a1a5c']] as const) {
  test(`pages in ${name} are as easy to read`, async ({ page }) => {
    const { url } = server.demo;
    await signInAt(page, server.demo, 'registrar');
    await page.goto(`${url}/settings`);
    await page.getByLabel('Colour of links and buttons').fill(colour);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByText('Saved.')).toBeVisible();
    const sheet = page.locator(`link[href="/accent/${colour.slice(1)}.css"]`);
    await expect(sheet).toHaveCount(1);
    const file = name.replace(' ', '-');
    await expectWellMade(page, `accent-${file}-settings`);
    await page.goto(`${url}/overview`);
    await expectWellMade(page, `accent-${file}-overview`);
    await signInAt(page, server.demo, 'teacher');
    await expectWellMade(page, `accent-${file}-today`);
    await page.context().clearCookies();
    await page.goto(`${url}/sign-in`);
    await expect(sheet).toHaveCount(1);
    await expectWellMade(page, `accent-${file}-sign-in`);
  });
}
