// Times are the institution's, wherever the browser is.

import { expect, signIn, test } from '../support/test.ts';

for (const timezoneId of ['Pacific/Auckland', 'America/Los_Angeles']) {
  test.describe(`a browser in ${timezoneId}`, () => {
    test.use({ timezoneId });

    for (const [role, path] of [
      ['student', '/timetable'],
      ['teacher', '/timetable'],
      ['student', '/attendance'],
    ] as const) {
      test(`shows the institution’s clock to a ${role} on ${path}`, async ({ page }) => {
        await signIn(page, role);
        await page.goto(path);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        const sent = await (await page.request.get(path)).text();
        const [shown, meant] = await page.evaluate((html) => {
          const words = (page: Document) =>
            [...page.querySelectorAll<HTMLTimeElement>('main time:not([data-relative]), main .slots')]
              .map((element) => element.textContent);
          return [words(document), words(new DOMParser().parseFromString(html, 'text/html'))];
        }, sent);
        expect(shown).toEqual(meant);
        const moved = await page.evaluate(() =>
          [...document.querySelectorAll<HTMLTimeElement>('main time[data-relative]')]
            .filter((element) => element.title === '')
            .length);
        expect(moved, 'what is relative keeps its words').toBe(0);
      });
    }
  });
}
