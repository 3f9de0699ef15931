// Exams: every page of them, a sitting from its form to its rooms, a docket and a hold on it.

import { reads } from '../support/reading.ts';
import { expect, expectAccessible, expectWellMade, screens, signIn, test } from '../support/test.ts';

reads('registrar', ['/sittings', '/sittings/new', '/eligibility', '/holds']);

test('finance places holds and reads sittings', async ({ page }) => {
  await signIn(page, 'finance');
  await page.goto('/sittings');
  await expect(page.getByRole('link', { name: 'Add a sitting' })).toHaveCount(0);
  await page.goto('/holds');
  await expect(page.getByText('Two library books are long due').first()).toBeVisible();
  await expectWellMade(page, 'finance-holds');
});

test('a student reads why there is no docket', async ({ page }) => {
  await signIn(page, 'student');
  await page.goto('/dockets');
  await expect(page.getByText('55 % paid, 75 % needed. Visit the Retentions Office.')).toBeVisible();
  await expect(page.getByText('No dockets are issued for CA1 now.')).toBeVisible();
  await expectWellMade(page, 'student-dockets');
});

test('a sitting is added, moved, and shared out over rooms', async ({ page, consoleErrors }) => {
  consoleErrors.allow(/422/);
  await signIn(page, 'registrar');
  await page.goto('/sittings');
  const first = page.locator('main tbody th a').first();
  const name = await first.innerText();
  await page.goto('/sittings/new');
  await page.getByLabel('Class', { exact: true }).fill(name);
  await page.getByLabel('Day', { exact: true }).fill('2031-03-04');
  await page.getByLabel('From', { exact: true }).fill('09:00');
  await page.getByLabel('To', { exact: true }).fill('11:00');
  await page.getByLabel('Rooms').fill('East; east');
  await page.getByRole('button', { name: 'Add the sitting' }).click();
  await expect(page.getByText('is named twice').first()).toBeVisible();
  await expectAccessible(page);
  await screens(page, 'sitting-refused');
  await page.getByLabel('Rooms').fill('East; West');
  await page.getByRole('button', { name: 'Add the sitting' }).click();
  await expect(page.getByRole('heading', { name: 'Students and rooms' })).toBeVisible();
  await page.getByRole('button', { name: 'Share out by roll number' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Share out by roll number' }).click();
  await expect(page.locator('select[name=room]').first()).toHaveValue('East');
  await expect(page.locator('select[name=room]').last()).toHaveValue('West');
  await expectWellMade(page, 'sitting');
  await page.getByRole('button', { name: 'Remove the sitting' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove the sitting' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sittings' })).toBeVisible();
});

test('a docket is issued, held, let go on, and issued anew', async ({ page, consoleErrors }) => {
  consoleErrors.allow(/409|422/);
  const number = 'S000014';
  await signIn(page, 'super administrator', { fresh: true });
  await page.goto(`/people?q=${number}`);
  await page.locator('main tbody th a').first().click();
  await page.getByRole('link', { name: 'Account', exact: true }).click();
  await page.getByLabel('Assessment').selectOption({ index: 1 });
  await page.getByLabel('Cleared', { exact: true }).check();
  await page.getByLabel('Why').fill('Scholarship on its way');
  const later = new Date(Date.now() + 20 * 24 * 3600 * 1000).toISOString().slice(0, 10);
  await page.getByLabel('Last day').fill(later);
  await page.getByRole('button', { name: 'Decide' }).click();
  await page.goto(page.url().replace('/account', '/dockets'));
  const own = page.url();
  // The demo has issued one to some.
  const issue = page.getByRole('button', { name: 'Issue the CA2 docket' });
  await issue.or(page.getByRole('link', { name: 'Open the CA2 docket' })).click();
  await expect(page.getByText('CA2 DOCKET', { exact: true })).toBeVisible();
  const card = page.locator('article.docket');
  const code = await card.locator('.docket-number').innerText();
  await expectWellMade(page, 'docket');
  await page.emulateMedia({ media: 'print' });
  await screens(page, 'docket-print');
  await page.emulateMedia({ media: null });
  const docket = page.url();

  await page.goto(own);
  await page.getByLabel('Place a hold: reason').fill('Case 7');
  await page.getByRole('button', { name: 'Place the hold' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Place the hold' }).click();
  await expect(page.getByText('On hold: Case 7.').first()).toBeVisible();
  await expectWellMade(page, 'person-dockets');
  await page.goto(docket);
  await expect(page.getByText('admits nobody while it is on hold')).toBeVisible();
  await expect(card.locator('.docket-number')).toHaveCount(0);
  await page.goto(own);
  await page.locator('summary', { hasText: 'Lift' }).click();
  await page.getByRole('button', { name: 'Lift the hold' }).click();
  await expect(page.getByText('Lifted').first()).toBeVisible();
  await page.goto(docket);
  await expect(card.locator('.docket-number')).toHaveText(code);
  await page.getByRole('button', { name: /^Issue anew/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^Issue anew/ }).click();
  await expect(card.locator('.docket-number')).not.toHaveText(code);
});

test('dockets of a class are issued together and printed', async ({ page }) => {
  await signIn(page, 'registrar');
  await page.goto('/sittings');
  const class_ = page.locator('main tbody th a').nth(4);
  const name = await class_.innerText();
  await page.goto(`/eligibility?class=${encodeURIComponent(name)}`);
  await expect(page.getByRole('heading', { name: `${name}:` })).toBeVisible();
  await expectWellMade(page, 'eligibility-class');
  await page.getByRole('button', { name: /^Issue CA2 dockets/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^Issue CA2 dockets/ }).click();
  await expect(page.getByRole('link', { name: 'Print the dockets' })).toBeVisible();
  await expectWellMade(page, 'docket-batch');
  const batch = new URL(page.url()).pathname;
  await page.getByRole('link', { name: 'Print the dockets' }).click();
  await expect(page.locator('article.docket').first()).toBeVisible();
  await expectAccessible(page);

  // What is on hold is named in place of being printed without a code.
  const printed = page.url();
  const sheets = await page.locator('article.docket').count();
  const answer = await page.request.get(`/api/v1${batch}/people?limit=200`);
  const { items } = (await answer.json()) as { items: { person: string; outcome: string }[] };
  const student = items.find((one) => one.outcome !== 'refused')?.person;
  await page.goto(`/people/${student}/dockets`);
  await page.getByLabel('Place a hold: reason').fill('Library books');
  await page.getByRole('button', { name: 'Place the hold' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Place the hold' }).click();
  await expect(page.getByText('On hold: Library books.').first()).toBeVisible();
  const own = page.url();
  await page.goto(printed);
  await expect(page.getByText('Not printed')).toBeVisible();
  await expect(page.getByRole('listitem').filter({ hasText: 'Library books' })).toHaveCount(1);
  await expect(page.locator('article.docket')).toHaveCount(sheets - 1);
  await expectWellMade(page, 'docket-batch-print');
  await page.goto(own);
  await page.locator('summary', { hasText: 'Lift' }).click();
  await page.getByRole('button', { name: 'Lift the hold' }).click();
  await expect(page.getByText('Lifted').first()).toBeVisible();
});
