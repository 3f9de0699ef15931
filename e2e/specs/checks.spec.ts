// The checks that other specs rely on notice what they are there for.

import { SIZES } from '../support/sizes.ts';
import { accessibilityProblems, ConsoleErrors, expect, expectAccessible, expectWellMade, test } from '../support/test.ts';

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

test('what is wrong in the size of a phone alone is noticed on a desktop', async ({ page }) => {
  const narrow = (style: string): Promise<void> =>
    page.setContent(`<!doctype html><html lang="en"><title>A page</title>
      <meta name="viewport" content="width=device-width">
      <style>@media (width < 40rem) { p { ${style} } }</style><main><h1>A page</h1><p>Words</p></main></html>`);
  await narrow('');
  await expectWellMade(page, 'check');
  await narrow('color: #ccc');
  await expect(expectAccessible(page)).rejects.toThrow(/in light, phone[^]*color-contrast: p/);
  await page.setViewportSize(SIZES.desktop);
  await narrow('min-width: 50rem');
  await expect(expectWellMade(page, 'check')).rejects.toThrow(/no sideways scroll, phone/);
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
