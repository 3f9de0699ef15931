// Results: a teacher types them, the registrar publishes, a student sees them and opens the slip.

import { openDemoClass } from '../support/classes.ts';
import { expect, expectAccessible, expectWellMade, screens, signIn, test } from '../support/test.ts';

test('results are typed, refused at the field, saved, and published', async ({ page, consoleErrors }) => {
  consoleErrors.allow(/422/);
  await signIn(page, 'teacher');
  await openDemoClass(page, 1);
  await page.getByRole('link', { name: 'Results', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: /^Results: / })).toBeVisible();
  await expectWellMade(page, 'results');
  const address = new URL(page.url()).pathname;

  await page.getByRole('link', { name: /^EXAM/ }).click();
  const scores = page.locator('input[name^="s-"]');
  await scores.nth(0).fill('101');
  await scores.nth(1).fill('ab');
  await scores.nth(2).fill('71.5');
  await page.getByRole('button', { name: 'Save results' }).click();
  await expect(page.getByText('At most 100 points can be reached here.').first()).toBeVisible();
  await expect(scores.nth(2)).toHaveValue('71.5');
  await page.evaluate(() => window.scrollTo(0, 0));
  await expectAccessible(page);
  await screens(page, 'results-refused');
  await scores.nth(0).fill('88');
  await page.getByRole('button', { name: 'Save results' }).click();
  await expect(page.getByText('3 results are saved.')).toBeVisible();
  await expect(scores.nth(1)).toHaveValue('AB');
  await expect(page.getByRole('button', { name: 'Publish EXAM' })).toHaveCount(0);
  await expectWellMade(page, 'results-one');
  await page.getByRole('link', { name: 'How they count' }).click();
  await expectWellMade(page, 'results-scheme');

  await page.context().clearCookies();
  await signIn(page, 'registrar');
  await page.goto(address);
  await page.getByRole('button', { name: 'Publish EXAM' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Publish EXAM' }).click();
  await expect(page.locator('summary', { hasText: 'Withdraw EXAM' })).toBeVisible();
  await page.goto('/assessments');
  await page.getByRole('link', { name: 'Results of CA1' }).click();
  await expect(page.getByText('Published').first()).toBeVisible();
  await expectWellMade(page, 'term-results');
});

test('a student sees published results and opens the slip', async ({ page }) => {
  await signIn(page, 'student');
  await page.goto('/results');
  await expect(page.getByText(/CA1/).first()).toBeVisible();
  await expect(page.getByText(/CA2/)).toHaveCount(0);
  await expectWellMade(page, 'student-results');
  await page.getByRole('link', { name: 'Results slip' }).click();
  await expect(page.getByText(/^Grades: O from 90 %/)).toBeVisible();
  await expectWellMade(page, 'slip');
});
