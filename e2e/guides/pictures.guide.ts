// Every picture of the guides, in the order in which an institution would come across them.

import type { Route } from '@playwright/test';
import { expect, signIn, test, type Page } from '../support/test.ts';
import { DESK, PHONE, picture, stillClock } from './picture.ts';
import { QR, TYPED } from './wall.ts';

test.beforeEach(({ page }) => stillClock(page));

/** A class that the demo's teacher teaches and the demo's student attends. */
async function sharedClass(teacher: Page, student: Page): Promise<string> {
  const ids = async (page: Page): Promise<string[]> => {
    const answer = await page.request.get('/api/v1/classes');
    return ((await answer.json()) as { items: { id: string }[] }).items.map((each) => each.id);
  };
  const attended = new Set(await ids(student));
  const shared = (await ids(teacher)).find((id) => attended.has(id));
  if (shared === undefined) throw new Error('teacher and student share no class');
  return shared;
}

test('registrars bring a school in', async ({ page }) => {
  await page.setViewportSize(DESK);
  await signIn(page, 'registrar');
  await page.goto('/imports');
  await picture(page, 'registrars-imports');
  await page.getByLabel('What it holds').selectOption('People');
  const lines = [
    'Student no.;Full name;E-mail;Role',
    'S900001;Amara Okafor;amara.okafor@example.edu;student',
    'S900002;Bruno Costa;bruno.costa@example.edu;student',
    'S900003;;chen.wei@example.edu;student',
  ];
  const buffer = Buffer.from(lines.join('\n'));
  const file = { name: 'new students.csv', mimeType: 'text/csv', buffer };
  await page.locator('#file').setInputFiles(file);
  await page.getByRole('button', { name: 'Upload and check' }).click();
  await expect(page.getByRole('heading', { name: '1 line needs to be put right' })).toBeVisible();
  await picture(page, 'registrars-import-wrong');
  await page.getByRole('button', { name: 'Discard' }).click();
});

test('registrars keep the records', async ({ page }) => {
  await page.setViewportSize(DESK);
  await signIn(page, 'registrar');
  await page.goto('/people?q=smi');
  await picture(page, 'registrars-people');
  await page.goto('/programmes');
  await page.locator('main tbody a').first().click();
  await picture(page, 'registrars-curriculum');
  await page.goto('/classes');
  await picture(page, 'registrars-classes');
  await page.locator('main tbody a').first().click();
  await page.waitForURL(/\/classes\/[^/]+$/);
  const place = new URL(page.url()).pathname;
  await page.goto(`${place}/enrolment`);
  await picture(page, 'registrars-enrolment');
  await page.goto(`${place}/timetable`);
  await picture(page, 'registrars-timetable');
  await page.goto('/terms');
  await picture(page, 'registrars-terms');
  await page.locator('main tbody a').first().click();
  await page.getByRole('link', { name: 'Roster', exact: true }).click();
  await picture(page, 'registrars-roster');
});

test('registrars follow attendance', async ({ page }) => {
  await page.setViewportSize(DESK);
  await signIn(page, 'registrar');
  await page.goto('/analytics');
  await picture(page, 'registrars-analytics');
  await page.goto('/registers/missing');
  await picture(page, 'registrars-missing');
  await page.goto('/leave');
  await picture(page, 'registrars-leave');
  await page.locator('main tbody a').first().click();
  await page.getByRole('button', { name: 'Approve' }).click();
  await expect(page.getByText('Approved', { exact: true }).first()).toBeVisible();
  await page.goto('/journal');
  await picture(page, 'registrars-journal');
});

test('administrators choose the rules', async ({ page }) => {
  await page.setViewportSize(DESK);
  await signIn(page, 'super administrator');
  await page.goto('/settings');
  await picture(page, 'administrators-settings');
});

test('finance officers say who is cleared', async ({ page }) => {
  await page.setViewportSize(DESK);
  await signIn(page, 'finance');
  await page.goto('/fees');
  await picture(page, 'finance-fees');
  await page.goto('/accounts');
  await picture(page, 'finance-accounts');
  await page.locator('main tbody a').first().click();
  await picture(page, 'finance-account');
});

test('organisers sell passes', async ({ page }) => {
  await page.setViewportSize(DESK);
  await signIn(page, 'organiser');
  await page.goto('/events');
  await page.locator('main tbody a').first().click();
  await picture(page, 'organisers-event');
  await page.getByRole('link', { name: 'Issue a pass' }).first().click();
  await picture(page, 'organisers-issue');
});

test.describe('students, on a phone', () => {
  test.use({ viewport: PHONE, hasTouch: true });

  test('see how they stand, and ask', async ({ page }) => {
    await signIn(page, 'student');
    await page.goto('/');
    await picture(page, 'students-today', page.locator('#attendance'));
    await page.goto('/attendance');
    await picture(page, 'students-attendance');
    await page.goto('/timetable');
    await picture(page, 'students-timetable');
    await page.goto('/calendar');
    await picture(page, 'students-calendar');
    await page.goto('/inbox');
    await picture(page, 'students-inbox');
    await page.goto('/leave/new');
    await picture(page, 'students-leave');
    await page.goto('/attendance');
    await page.locator('main tbody th a').first().click();
    const absent = page.locator('tr', { hasText: 'Absent' });
    await absent.getByRole('link', { name: 'Ask for a correction' }).first().click();
    await picture(page, 'students-correction');
  });
});

test('teachers look after their classes', async ({ page }) => {
  await page.setViewportSize(DESK);
  await signIn(page, 'teacher');
  await page.goto('/');
  await picture(page, 'teachers-today');
  await page.goto('/classes?q=programming');
  await page.locator('main tbody a').first().click();
  await page.waitForURL(/\/classes\/[^/]+$/);
  const place = new URL(page.url()).pathname;
  await picture(page, 'teachers-class');
  await page.goto(`${place}/register`);
  await picture(page, 'teachers-register');
  await page.goto(`${place}/reminders?reason=at_risk`);
  await picture(page, 'teachers-reminders');
  await page.goto('/corrections');
  await picture(page, 'teachers-corrections');
});

/** Codes are secret and never the same: the picture has one that was once on a wall. */
async function sameCodes(route: Route): Promise<void> {
  const answer = await route.fetch();
  const body = (await answer.json()) as { codes: object[] };
  const codes = body.codes.map((code) => ({ ...code, qr: QR, typed_code: TYPED }));
  await route.fulfill({ response: answer, json: { ...body, codes } });
}

test('a class takes attendance', async ({ page, browser }) => {
  await page.setViewportSize(DESK);
  await signIn(page, 'teacher');
  const context = await browser.newContext({
    viewport: PHONE,
    reducedMotion: 'reduce',
    serviceWorkers: 'block',
  });
  const phone = await context.newPage();
  await stillClock(phone);
  await signIn(phone, 'student');

  await page.goto(`/classes/${await sharedClass(page, phone)}`);
  await page.getByRole('button', { name: 'Open session' }).click();
  await expect(page.locator('[data-link-state]')).toHaveText(/live/i);
  const session = new URL(page.url()).pathname;
  await phone.goto('/');
  await picture(phone, 'students-open');
  await phone.goto('/mark');
  await picture(phone, 'students-mark');
  const code = await page.request.get(`/api/v1${session}/code`);
  const { link } = (await code.json()) as { link: string };
  await phone.goto(new URL(link.toLowerCase()).pathname.replace(/.*\//, '/c/'));
  await phone.getByRole('button', { name: 'Mark me present' }).click();
  await expect(phone.getByText('You are marked.')).toBeVisible();
  await picture(phone, 'students-marked');
  await context.close();

  for (const [place, status] of ['Present', 'Present', 'Late', 'Excused'].entries()) {
    const row = page.locator('tr[data-person]').nth(2 * place + 1);
    await row.getByRole('button', { name: status }).click();
    await expect(row).toHaveAttribute('data-status', status.toLowerCase());
  }
  await page.reload();
  await expect(page.locator('[data-link-state]')).toHaveText(/live/i);
  await picture(page, 'teachers-session');

  await page.route('**/codes', sameCodes);
  await page.goto(`${session}/projector`);
  await expect(page.locator('[data-typed]')).toHaveText(/^\s*YS85\s*81DW\s*$/);
  await expect(page.locator('[data-link-state]')).toHaveText(/live/i);
  await page.locator('.how b').evaluate((host) => (host.textContent = 'attendance.example.edu/mark'));
  await picture(page, 'teachers-projector');
});
