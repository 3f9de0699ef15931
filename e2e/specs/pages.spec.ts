// Every page of every role: accessible in both themes, within its width, and kept as a picture.

import type { Locator, Page } from '@playwright/test';
import { expect, expectWellMade, signIn, test } from '../support/test.ts';
import { openDemoClass } from '../support/classes.ts';

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

for (const [role, paths] of Object.entries(PAGES)) {
  for (const path of paths) {
    test(`${role} reads ${path}`, async ({ page }) => {
      await signIn(page, role);
      await page.goto(path);
      const name = path === '/' ? 'today' : path.slice(1).replaceAll('/', '-');
      await expectWellMade(page, `${role}-${name}`);
    });
  }
}

for (const [role, list, name] of RECORDS) {
  test(`${role} reads a ${name}`, async ({ page }) => {
    await signIn(page, role);
    await page.goto(list);
    await page.locator('main tbody a').first().click();
    await expect(page).toHaveURL(/[0-9a-f]{8}-/);
    await expectWellMade(page, `${role}-${name}`);
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

/** The two lists of the enrolment page: who is not in the class, and who is. */
function lists(page: Page): [Locator, Locator] {
  const list = (name: string) => page.getByRole('form', { name, exact: true });
  return [list('Not enrolled'), list('Enrolled')];
}

test('registrar enrols students with the keyboard, and takes them back', async ({ page }) => {
  const phone = test.info().project.name === 'phone';
  await signIn(page, 'registrar');
  await openDemoClass(page, phone ? 6 : 5);
  await page.getByRole('link', { name: 'Enrolment' }).click();
  await expectWellMade(page, 'registrar-enrolment');
  const [others, enrolled] = lists(page);
  const boxes = others.getByRole('checkbox');
  const people = [await boxes.nth(0).getAttribute('value'), await boxes.nth(1).getAttribute('value')];
  await boxes.first().focus();
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByText('2 students enrolled.')).toBeVisible();
  for (const person of people) {
    await enrolled.locator(`input[value="${person}"]`).focus();
    await page.keyboard.press('Space');
  }
  await page.keyboard.press('Enter');
  const yes = page.getByRole('dialog').getByRole('button', { name: 'Withdraw the ticked' });
  await yes.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('2 students withdrawn. Their history stays.')).toBeVisible();
  for (const person of people) {
    await expect(enrolled.locator(`input[value="${person}"]`)).toHaveCount(0);
  }
});

test('registrar moves a student to the other list, and back', async ({ page }) => {
  const phone = test.info().project.name === 'phone';
  await signIn(page, 'registrar');
  await openDemoClass(page, phone ? 8 : 7);
  await page.getByRole('link', { name: 'Enrolment' }).click();
  const [others, enrolled] = lists(page);
  const row = others.getByRole('listitem').first();
  const box = row.getByRole('checkbox');
  const person = await box.getAttribute('value');
  if (phone) {
    await box.check();
    await page.getByRole('button', { name: 'Enrol the ticked' }).click();
  } else {
    // The heading is in sight already: scrolling between press and move would lift another row.
    await row.dragTo(enrolled.getByRole('heading'));
  }
  await expect(page.getByText('1 student enrolled.')).toBeVisible();
  await enrolled.locator(`input[value="${person}"]`).check();
  await page.getByRole('button', { name: 'Withdraw the ticked' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Withdraw the ticked' }).click();
  await expect(page.getByText('1 student withdrawn. Their history stays.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'No longer enrolled' })).toBeVisible();
  await page.getByRole('link', { name: 'Number by name' }).click();
  await expect(page.getByText('Who would get another roll number')).toBeVisible();
  // The link leads further down, where the heads of tables stand over their rows.
  await expect(page.getByRole('heading', { name: 'Roll numbers' })).toBeInViewport();
  await page.evaluate(() => window.scrollTo(0, 0));
  await expectWellMade(page, 'registrar-numbering');
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
  const room = `Observatory ${test.info().project.name}`;
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
