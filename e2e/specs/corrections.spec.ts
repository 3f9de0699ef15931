// A student says that a mark is wrong; the teacher decides; both see it.

import { expect, expectAccessible, screens, signIn, test, type Page } from '../support/test.ts';

/** A page of a class that the demo's teacher teaches and the demo's student attends. */
async function ownAttendance(teacher: Page, student: Page): Promise<string> {
  const ids = async (page: Page): Promise<string[]> => {
    const answer = await page.request.get('/api/v1/classes');
    return ((await answer.json()) as { items: { id: string }[] }).items.map((each) => each.id);
  };
  const taught = new Set(await ids(teacher));
  const shared = (await ids(student)).find((id) => taught.has(id));
  if (shared === undefined) throw new Error('teacher and student share no class');
  return `/classes/${shared}/attendance`;
}

test('a correction is asked for with a note, and decided', async ({ page, browser, consoleErrors }) => {
  consoleErrors.allow(/422/);
  await signIn(page, 'teacher', { fresh: true });
  const context = await browser.newContext({ viewport: page.viewportSize() });
  const student = await context.newPage();
  consoleErrors.watch(student);
  await signIn(student, 'student', { fresh: true });
  await student.goto(await ownAttendance(page, student));
  await expectAccessible(student);
  await screens(student, 'student-attendance');

  await student.getByRole('link', { name: 'Ask for a correction' }).nth(2).click();
  await expectAccessible(student);
  await screens(student, 'student-correction-new');
  const note = { name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('no document') };
  await student.getByRole('radio').first().check();
  await student.getByLabel('Why?').fill('I sat in the front row');
  await student.getByLabel('Attach a file').setInputFiles(note);
  await student.getByRole('button', { name: 'Ask for the correction' }).click();
  await expect(student.getByText('Attach a PDF, JPEG or PNG file.').first()).toBeVisible();
  await expect(student.getByLabel('Why?')).toHaveValue('I sat in the front row');
  await expectAccessible(student);
  const pdf = { name: 'note.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') };
  await student.getByLabel('Attach a file').setInputFiles(pdf);
  await student.getByRole('button', { name: 'Ask for the correction' }).click();
  await expect(student.getByRole('link', { name: 'note.pdf' })).toBeVisible();
  await expectAccessible(student);
  await screens(student, 'student-correction');

  await page.goto(new URL(student.url()).pathname);
  await expectAccessible(page);
  await screens(page, 'teacher-correction-open');
  await page.getByRole('button', { name: 'Refuse' }).click();
  await expect(page.getByText('Tell the student why.').first()).toBeVisible();
  await page.getByLabel('Comment').fill('I remember you');
  await page.getByRole('button', { name: 'Approve' }).click();
  await expect(page.getByText('Approved the correction')).toBeVisible();

  await student.goto('/inbox');
  await expect(student.getByText('Your correction was approved').first()).toBeVisible();
  await expectAccessible(student);
  await screens(student, 'student-inbox-filled');
  await student.getByRole('button', { name: 'Open' }).first().click();
  await expect(student.getByText('I remember you')).toBeVisible();
  await context.close();
});
