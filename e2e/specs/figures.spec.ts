// A class in figures, and its registers.

import { expect, expectWellMade, signIn, test } from '../support/test.ts';
import { openDemoClass } from '../support/classes.ts';
import { reads } from '../support/reading.ts';

test('a teacher narrows the list of students and keeps a register', async ({ page }) => {
  await signIn(page, 'teacher');
  await openDemoClass(page);
  await expect(page.getByRole('img', { name: 'By day' })).toBeVisible();
  await page.getByText('By day as a table').click();
  await page.evaluate(() => scrollTo(0, 0));
  await expectWellMade(page, 'teacher-class-figures');
  await page.getByRole('combobox', { name: 'Students' }).selectOption({ label: 'Critical' });
  await expect(page).toHaveURL(/badge=critical/);
  await page.getByRole('link', { name: 'Register' }).click();
  await expectWellMade(page, 'teacher-class-register');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'XLSX' }).click(),
  ]);
  expect(file.suggestedFilename()).toMatch(/\.xlsx$/);
});

reads('registrar', ['/analytics', '/analytics?sort=percentage', '/analytics/absentees']);

test('a teacher keeps the register of a session', async ({ page }) => {
  await signIn(page, 'teacher');
  await openDemoClass(page);
  await page.locator('a[href^="/sessions/"]').last().click();
  await page.getByRole('link', { name: 'Register to print or download' }).click();
  await expectWellMade(page, 'teacher-session-register');
});
