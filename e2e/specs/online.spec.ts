// An online class in real browsers: the link, the password, and everybody at once.

import { demo, expect, expectWellMade, screens, signIn, test, type Page } from '../support/test.ts';

/** Another class than the one in which the other specs take attendance. */
async function lastClass(teacher: Page, student: Page): Promise<string> {
  const list = async (page: Page): Promise<string[]> => {
    const answer = await page.request.get('/api/v1/classes');
    const { items } = (await answer.json()) as { items: { id: string; open_session: string | null }[] };
    return items.filter((item) => item.open_session === null).map((item) => item.id);
  };
  const attended = new Set(await list(student));
  const shared = (await list(teacher)).filter((id) => attended.has(id));
  const last = shared.at(-1);
  if (last === undefined) throw new Error('teacher and student share no class');
  return last;
}

test('an online class marks by link and password, and everybody at once', async ({
  page,
  browser,
  consoleErrors,
}) => {
  consoleErrors.allow(/409/);
  await signIn(page, 'teacher', { fresh: true });
  const phone = await browser.newContext({ viewport: { width: 360, height: 740 } });
  const student = await phone.newPage();
  consoleErrors.watch(student);
  await signIn(student, 'student', { fresh: true });
  await page.goto(`/classes/${await lastClass(page, student)}`);
  await page.getByRole('button', { name: 'Open online' }).click();
  await expect(page.locator('[data-otp-left]')).toHaveText(/^\d+ s$/);
  await expectWellMade(page, 'session-online');

  // The student opens the link, errs once, and enters what the teacher tells.
  const link = new URL(await page.getByLabel('Link for students').inputValue());
  await student.goto(demo().url + link.pathname);
  await student.getByLabel('One-time password').fill('12');
  await student.getByRole('button', { name: 'Mark me present' }).click();
  await expect(student.locator('#otp-error')).toContainText('not right');
  await expectWellMade(student, 'online');
  const otp = (await page.locator('[data-otp]').textContent()) ?? '';
  await student.getByLabel('One-time password').fill(otp);
  await student.getByRole('button', { name: 'Mark me present' }).click();
  await expect(student.getByRole('heading', { name: 'You are marked' })).toBeVisible();
  await screens(student, 'online-done');
  await expect(page.locator('tr[data-status=present], tr[data-status=late]')).toHaveCount(1);

  // Everybody at once, and back to exactly what was there.
  await page.getByText('Mark all present, or give').click();
  await page.getByLabel('Why').fill('The network is down');
  await page.getByRole('button', { name: 'Set all marks' }).click();
  await page.getByRole('dialog').getByRole('button').last().click();
  await expect(page.locator('tr[data-status=""]')).toHaveCount(0);
  await expectWellMade(page, 'session-bulk');
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('dialog').getByRole('button').last().click();
  await expect(page.getByText(/as they were before/)).toBeVisible();
  await expect(page.locator('tr[data-status=present], tr[data-status=late]')).toHaveCount(1);
  await page.getByRole('button', { name: 'Close session' }).click();
  await page.getByRole('dialog').getByRole('button').last().click();
  await expect(page.getByText('Closed').first()).toBeVisible();
  await phone.close();
});

test('registrar reads which phones a student marks with', async ({ page }) => {
  await signIn(page, 'registrar');
  await page.goto('/people?role=student');
  await page.locator('main tbody a').first().click();
  await page.getByRole('link', { name: 'Phones with which they mark themselves' }).click();
  await expectWellMade(page, 'registrar-devices');
});
