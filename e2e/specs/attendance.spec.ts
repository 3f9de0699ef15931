// The first main job in real browsers: a class takes attendance.

import { demo, expect, expectAccessible, screens, signIn, signInOf, test, type Page } from '../support/test.ts';

interface ClassItem {
  id: string;
  course_name: string;
  open_session: string | null;
}

/** A class that the demo's teacher teaches and the demo's student attends. */
async function sharedClass(teacher: Page, student: Page): Promise<ClassItem> {
  const list = async (page: Page): Promise<ClassItem[]> => {
    const answer = await page.request.get('/api/v1/classes');
    return ((await answer.json()) as { items: ClassItem[] }).items;
  };
  const attended = new Set((await list(student)).map((each) => each.id));
  const shared = (await list(teacher)).find((each) => attended.has(each.id));
  if (shared === undefined) throw new Error('teacher and student share no class');
  return shared;
}

test.describe('a session', () => {
  test('fills up live, is corrected by hand, closes, and everybody sees their figures', async ({
    page,
    browser,
    consoleErrors,
  }) => {
    consoleErrors.allow(/422|409/);
    await signIn(page, 'teacher', { fresh: true });
    const phone = await browser.newContext({ viewport: { width: 360, height: 740 } });
    const student = await phone.newPage();
    consoleErrors.watch(student);
    await signIn(student, 'student', { fresh: true });
    const shared = await sharedClass(page, student);
    const number = signInOf('student').identifier;

    // Open from the class, and put the code on the wall.
    await page.goto(`/classes/${shared.id}`);
    await page.getByRole('button', { name: 'Open session' }).click();
    await expect(page.locator('[data-link-state]')).toHaveText(/live/i);
    const session = page.url().split('/').at(-1) ?? '';
    const wall = await page.context().newPage();
    consoleErrors.watch(wall);
    await wall.goto(`/sessions/${session}/projector`);
    await expect(wall.locator('[data-typed]')).toHaveText(/^\s*[0-9A-Z]{4}\s*[0-9A-Z]{4}\s*$/);

    // The phone's camera opens the link; signing in on the way loses nothing.
    const code = await page.request.get(`/api/v1/sessions/${session}/code`);
    const { link } = (await code.json()) as { link: string };
    const fresh = await browser.newContext({ viewport: { width: 360, height: 740 } });
    const camera = await fresh.newPage();
    consoleErrors.watch(camera);
    await camera.goto(demo().url + new URL(link.toLowerCase()).pathname.replace(/.*\//, '/c/'));
    await expect(camera.getByText('Your code was valid')).toBeVisible();
    await camera.locator('input[name=identifier]').fill(number);
    await camera.locator('input[name=password]').fill(signInOf('student').password);
    await camera.getByRole('button', { name: 'Sign in' }).click();
    await camera.getByRole('button', { name: 'Mark me present' }).click();
    await expect(camera.getByText('You are marked.')).toBeVisible();

    // The teacher's list and the wall follow without a reload.
    const row = page.locator('tr[data-status=present], tr[data-status=late]');
    await expect(row).toHaveCount(1);
    await expect(wall.locator('[data-count=here]')).toHaveText('1');

    // One tap marks by hand; changing a mark asks why.
    const person = (await row.getAttribute('data-person')) ?? '';
    const own = page.locator(`tr[data-person="${person}"]`);
    await own.getByRole('button', { name: 'Excused' }).click();
    await page.getByLabel('Reason').fill('Doctor’s note');
    await page.getByLabel('Reason').press('Enter');
    await expect(own).toHaveAttribute('data-status', 'excused');
    const other = page.locator('tr[data-status=""]').first();
    const second = (await other.getAttribute('data-person')) ?? '';
    await other.getByRole('button', { name: 'Present' }).click();
    await expect(page.locator(`tr[data-person="${second}"]`)).toHaveAttribute(
      'data-status',
      'present',
    );

    await expectAccessible(page);
    await screens(page, 'session');
    await page.setViewportSize({ width: 360, height: 740 });
    // What lies beneath the bar at the top has no contrast that could be told.
    await page.evaluate(() => scrollTo(0, 0));
    await expectAccessible(page);
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(wide, 'no sideways scroll').toBeLessThanOrEqual(0);
    await screens(page, 'session-phone');

    // The same rows as a grid of faces, on a phone and on a laptop; keys and buttons stay.
    await page.getByRole('button', { name: 'Photos', exact: true }).click();
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      const [first, next] = await Promise.all(
        [0, 1].map((nth) => page.locator('tr[data-person]').nth(nth).boundingBox()),
      );
      expect(next?.y, 'side by side').toBe(first?.y);
      const sideways = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(sideways, 'no sideways scroll').toBeLessThanOrEqual(0);
      await page.evaluate(() => scrollTo(0, 0));
      await expectAccessible(page);
      await screens(page, `session-photos-${width}`);
    }
    await own.focus();
    await page.keyboard.press('j');
    await expect(own).not.toBeFocused();
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await screens(wall, 'projector');
    await expectAccessible(student);

    // Closed: whoever is missing is absent, and the student sees what was written.
    await page.getByRole('button', { name: 'Close session' }).click();
    await page.getByRole('dialog').getByRole('button').last().click();
    await expect(page.getByText('Closed').first()).toBeVisible();
    await expect(page.locator('tr[data-status=""]')).toHaveCount(0);
    await student.goto(`/classes/${shared.id}/attendance`);
    await expect(student.locator('tbody tr').first()).toContainText('Excused');
    await phone.close();
    await fresh.close();
  });

  test('is taken by forms alone when scripts are off', async ({ browser }) => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    const { identifier, password } = signInOf('assistant');
    await page.goto(`${demo().url}/sign-in`);
    await page.locator('input[name=identifier]').fill(identifier);
    await page.locator('input[name=password]').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Open session' }).first().click();
    const first = page.locator('tr[data-person]').first();
    await first.getByRole('button', { name: 'Late' }).click();
    await expect(page.locator('tr[data-status=late]')).toHaveCount(1);
    await page.locator('tr[data-status=late]').getByRole('button', { name: 'Absent' }).click();
    await page.getByLabel('Reason').fill('Left at once');
    await page.getByRole('button', { name: 'Change the mark' }).click();
    await expect(page.locator('tr[data-status=absent]')).toHaveCount(1);
    // Without a dialog the button unfolds the question.
    await page.locator('summary', { hasText: 'Close session' }).click();
    await expect(page.locator('.ask p')).toContainText('Whoever is not marked is written absent.');
    await page.getByRole('button', { name: 'Close session' }).click();
    await expect(page.locator('tr[data-status=""]')).toHaveCount(0);
    await context.close();
  });
});
