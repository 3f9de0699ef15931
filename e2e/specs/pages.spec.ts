// Every page of every role: accessible in both themes, within its width, and kept as a picture; and
// what the registrar does with classes.

import { expect, expectWellMade, signIn, test } from '../support/test.ts';
import { openDemoClass } from '../support/classes.ts';
import { PAGE_MS, reads } from '../support/reading.ts';

const PAGES: Record<string, string[]> = {
  student: ['/', '/mark', '/inbox', '/corrections', '/leave', '/leave/new', '/logins', '/password', '/security', '/me', '/announcements'],
  teacher: ['/', '/classes', '/inbox', '/corrections', '/me', '/announcements'],
  registrar: [
    '/overview',
    '/corrections',
    '/registers/missing',
    '/leave',
    '/leave/new',
    '/people',
    '/people/new',
    '/classes',
    '/classes/new',
    '/terms',
    '/courses',
    '/programmes',
    '/faculties',
    '/holidays',
    '/journal',
    '/settings',
    '/logins',
    '/search',
  ],
};

/** Lists whose first record has a page of its own. */
const RECORDS: [string, string, string][] = [
  ['registrar', '/terms', 'term'],
  ['registrar', '/courses', 'course'],
  ['registrar', '/programmes', 'programme'],
  ['registrar', '/faculties', 'faculty'],
  ['registrar', '/classes', 'class'],
  ['registrar', '/people', 'person'],
  ['teacher', '/classes', 'class'],
  ['teacher', '/corrections', 'correction'],
  ['registrar', '/leave', 'leave'],
  ['registrar', '/leave?state=approved', 'leave-approved'],
];

for (const [role, paths] of Object.entries(PAGES)) reads(role, paths);

for (const role of ['registrar', 'teacher']) {
  test(`first records of lists read as ${role} are well made`, async ({ page }) => {
    const lists = RECORDS.filter(([whose]) => whose === role);
    test.setTimeout(PAGE_MS * lists.length);
    await signIn(page, role);
    for (const [, list, name] of lists) {
      await test.step(name, async () => {
        await page.goto(list);
        await page.locator('main tbody a').first().click();
        await expect(page).toHaveURL(/[0-9a-f]{8}-/);
        await expectWellMade(page, `${role}-${name}`);
      });
    }
  });
}

test('registrar moves a meeting', async ({ page }) => {
  await signIn(page, 'registrar');
  await openDemoClass(page);
  await page.getByRole('link', { name: 'Timetable' }).last().click();
  await expectWellMade(page, 'registrar-class-timetable');
  await page.getByRole('link', { name: 'Later' }).click();
  await page.locator('a[href^="/meetings/"]').first().click();
  await expectWellMade(page, 'registrar-meeting');
  await page.getByLabel('Room').fill('Annex 7');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('link', { name: 'Later' }).click();
  await expect(page.getByRole('link', { name: 'Annex 7' })).toBeVisible();
});

test('registrar previews a whole semester', async ({ page }) => {
  await signIn(page, 'registrar');
  await page.goto('/programmes');
  await page.locator('main tbody a').first().click();
  await page.getByRole('link', { name: 'Enrol a whole semester' }).click();
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('button', { name: 'Enrol them' })).toBeVisible();
  await expectWellMade(page, 'registrar-cohort');
});

test('registrar makes a class meet every week', async ({ page }) => {
  const room = 'Observatory';
  await signIn(page, 'registrar');
  await openDemoClass(page, 3);
  await page.getByRole('link', { name: 'Timetable' }).last().click();
  await page.getByRole('link', { name: 'Add a weekly meeting' }).click();
  await expectWellMade(page, 'registrar-pattern-new');
  await page.getByLabel('Every', { exact: true }).selectOption('saturday');
  await page.getByLabel('From').fill('10:00');
  await page.getByLabel('To', { exact: true }).fill('11:30');
  await page.getByLabel('Room').fill(room);
  await page.getByRole('button', { name: 'Save' }).click();
  const pattern = page.getByRole('row').filter({ hasText: room });
  await expect(pattern).toBeVisible();
  await page.getByRole('link', { name: 'Later' }).click();
  await expect(page.getByRole('link', { name: room })).toBeVisible();
  await pattern.getByRole('link').click();
  await expectWellMade(page, 'registrar-pattern');
  await page.getByRole('button', { name: 'End the pattern' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End the pattern' }).click();
  await expect(page.getByRole('heading', { name: 'Every week' })).toBeVisible();
  await expect(pattern).toHaveCount(0);
});
