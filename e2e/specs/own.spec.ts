// What students and staff see of their own: standing, timetable, calendar.

import { expect, expectWellMade, signIn, test } from '../support/test.ts';
import { openDemoClass } from '../support/classes.ts';
import { reads } from '../support/reading.ts';

reads('student', ['/attendance', '/attendance?term=all', '/timetable', '/calendar']);
reads('teacher', ['/timetable', '/calendar']);

test('a student goes through the terms, and from a class to its sessions', async ({ page }) => {
  await signIn(page, 'student');
  await page.goto('/attendance');
  const term = page.getByLabel('Term');
  await term.selectOption({ label: 'All terms' });
  await expect(page).toHaveURL(/term=all/);
  await page.locator('main tbody a').last().click();
  await expect(page.getByRole('heading', { name: 'Every session' })).toBeVisible();
  await expectWellMade(page, 'student-history');
});

test('a student taps a day and sees its meetings', async ({ page }) => {
  await signIn(page, 'student');
  await page.goto('/calendar');
  await page.getByRole('link', { name: 'Earlier' }).click();
  await page.locator('.month td a').first().click();
  await expect(page).toHaveURL(/day=/);
  await expect(page.locator('#day .slots li').first()).toBeVisible();
  await expectWellMade(page, 'student-calendar-day');
});

test('a teacher looks at one student of a class', async ({ page }) => {
  await signIn(page, 'teacher');
  await openDemoClass(page);
  await page.locator('a[href*="/students/"]').first().click();
  await expectWellMade(page, 'teacher-student');
  await page.getByRole('link', { name: 'Other classes' }).click();
  await expectWellMade(page, 'teacher-student-classes');
});

test('somebody makes an address for a calendar program', async ({ page }) => {
  await signIn(page, 'assistant');
  await page.goto('/timetable');
  const button = page.getByRole('button', { name: /Make a (calendar|new) address/ });
  const replaces = (await button.innerText()).includes('new');
  await button.click();
  if (replaces) await page.getByRole('dialog').getByRole('button', { name: /Make/ }).click();
  const address = await page.locator('code').innerText();
  await expectWellMade(page, 'feed');
  const feed = await page.request.get(address);
  expect(await feed.text()).toContain('BEGIN:VCALENDAR');
  expect(feed.headers()['content-type']).toContain('text/calendar');
});
