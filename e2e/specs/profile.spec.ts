// The own profile, the leaderboard, and reminders.

import { expect, expectAccessible, screens, signIn, test } from '../support/test.ts';
import { openDemoClass } from '../support/classes.ts';

test('a student reads their profile and is named on a leaderboard', async ({ page }) => {
  await signIn(page, 'student');
  await page.goto('/me');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your profile');
  await expectAccessible(page);
  await page.getByLabel(/Name me on the leaderboards/).check();
  await page.locator('form[action="/me/leaderboard"]').getByRole('button', { name: 'Save' }).click();
  await expect(page.getByLabel(/Name me on the leaderboards/)).toBeChecked();
  await screens(page, 'me');
  await page.goto('/attendance');
  await page.locator('main tbody th a').first().click();
  await page.getByRole('link', { name: 'Leaderboard' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Leaderboard');
  await expect(page.getByText('You', { exact: true })).toBeVisible();
  await expectAccessible(page);
  await screens(page, 'leaderboard');
});

test('a teacher reminds a student at risk', async ({ page }) => {
  await signIn(page, 'teacher');
  await openDemoClass(page);
  await page.getByRole('link', { name: 'Remind students' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Remind students');
  await page.getByRole('link', { name: 'Any student' }).click();
  const row = page.getByRole('row').nth(1);
  await expectAccessible(page);
  await row.getByRole('checkbox').check();
  await screens(page, 'reminders');
  await page.getByRole('button', { name: 'Send the reminder' }).click();
  await expect(page.getByText('1 student reminded.')).toBeVisible();
  await expect(row.getByText('Reminded')).toBeVisible();
  await expect(row.getByRole('checkbox')).toBeDisabled();
});
