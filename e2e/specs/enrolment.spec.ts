// Who is in a class: two lists side by side, by keyboard, by ticks on a phone, by dragging on a desktop.

import { openDemoClass } from '../support/classes.ts';
import { expect, expectWellMade, signIn, test, type Locator, type Page } from '../support/test.ts';

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
