// Finance: every page of it, a payment from its record to its reversal, and a decision on a clearance.

import { reads } from '../support/reading.ts';
import { expect, expectAccessible, expectWellMade, screens, signIn, test } from '../support/test.ts';

reads('finance', ['/finance', '/payments', '/payments/new', '/accounts', '/fees', '/assessments']);

test('finance begins with the term in figures', async ({ page }) => {
  await signIn(page, 'finance', { fresh: true });
  await page.goto('/');
  await expect(page).toHaveURL(/\/finance$/);
  await expect(page.getByText('of what is owed')).toBeVisible();
});

test('the registrar reads fees without fields', async ({ page }) => {
  await signIn(page, 'registrar');
  await page.goto('/fees');
  await expect(page.getByRole('button', { name: 'Save fees' })).toHaveCount(0);
  await expectWellMade(page, 'registrar-fees');
});

test('a student reads what they owe, and a receipt', async ({ page }) => {
  await signIn(page, 'student');
  await page.goto('/account');
  await expect(page.getByText('Visit the Retentions Office.').first()).toBeVisible();
  await expectWellMade(page, 'student-account');
  await page.locator('main a[href$="/receipt"]').last().click();
  await expect(page.getByRole('heading', { level: 1, name: 'Receipt' })).toBeVisible();
  await expectWellMade(page, 'student-receipt');
});

test('a payment is recorded, refused twice, and reversed', async ({ page, consoleErrors }) => {
  consoleErrors.allow(/409|422/);
  await signIn(page, 'finance', { fresh: true });
  const record = async (): Promise<void> => {
    await page.goto('/payments/new');
    await page.getByLabel('Student').fill('S000012');
    await page.getByLabel('Amount in INR').fill('1,250.50');
    await page.getByLabel('Receipt number').fill('E2E');
    await page.getByRole('button', { name: 'Record the payment' }).click();
  };
  await record();
  await expect(page.getByRole('heading', { name: 'INR 1,250.50' })).toBeVisible();
  await expectAccessible(page);
  await screens(page, 'finance-payment');
  const payment = page.url();

  await record();
  await expect(page.getByText('is recorded already').first()).toBeVisible();
  await expectAccessible(page);
  await screens(page, 'finance-payment-refused');

  await page.goto(payment);
  await page.getByLabel('Why').fill('Typed by mistake');
  await page.getByRole('button', { name: 'Reverse the payment' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Reverse the payment' }).click();
  await expect(page.getByText('Typed by mistake')).toBeVisible();
  await expectAccessible(page);
  await screens(page, 'finance-payment-reversed');

  await page.getByRole('link', { name: 'Account', exact: true }).click();
  await page.getByLabel('Assessment').selectOption({ index: 2 });
  await page.getByLabel('Cleared', { exact: true }).check();
  await page.getByLabel('Why').fill('Scholarship on its way');
  await page.getByLabel('Last day').fill('2001-01-01');
  await page.getByRole('button', { name: 'Decide' }).click();
  await expect(page.getByText('Choose today or a later day.').first()).toBeVisible();
  const later = new Date(Date.now() + 20 * 24 * 3600 * 1000).toISOString().slice(0, 10);
  await page.getByLabel('Last day').fill(later);
  await page.getByRole('button', { name: 'Decide' }).click();
  await expect(page.getByText('Scholarship on its way')).toBeVisible();
  await expectWellMade(page, 'finance-account');
});
