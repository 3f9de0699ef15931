// The checks that other specs rely on notice what they are there for.

import { accessibilityProblems, ConsoleErrors, expect, test } from '../support/test.ts';

test('the accessibility check names a field without a label and pale text', async ({ page }) => {
  await page.setContent(`<!doctype html><html lang="en"><title>A page</title>
    <main><h1>A page</h1><input name="code"><p style="color: #ccc">Too pale</p></main></html>`);
  const problems = (await accessibilityProblems(page)).join('\n');
  expect(problems).toContain('label: input');
  expect(problems).toContain('color-contrast: p');
});

test('text on a picture counts as a problem, since its contrast is unknown', async ({ page }) => {
  const picture = `data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E`;
  await page.setContent(`<!doctype html><html lang="en"><title>A page</title>
    <main><h1 style="background: url(&quot;${picture}&quot;)">A page</h1></main></html>`);
  expect((await accessibilityProblems(page)).join('\n')).toContain('color-contrast: h1');
});

test('an error in a script is seen unless it is allowed', async ({ browser }) => {
  const page = await browser.newPage();
  const errors = new ConsoleErrors();
  errors.watch(page);
  await page.evaluate(() => console.error('a fault'));
  await expect.poll(() => errors.unexpected()).toEqual(['a fault']);
  errors.allow(/fault/);
  expect(errors.unexpected()).toEqual([]);
  await page.close();
});
