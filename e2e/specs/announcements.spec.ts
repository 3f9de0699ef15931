// Announcements: made with a preview, read on the first page, ended.

import { expect, expectAccessible, screens, signIn, test } from '../support/test.ts';

test('a teacher announces to a class, and ends it again', async ({ page }) => {
  const title = 'Moved to room 12';
  await signIn(page, 'teacher');
  await page.goto('/announcements/new');
  await page.getByLabel('To whom', { exact: true }).selectOption({ index: 1 });
  await page.getByLabel('Title', { exact: true }).fill(title);
  await page.getByLabel('Text', { exact: true }).fill('Bring your **tables**. <script>no</script>');
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByText('tables', { exact: true })).toBeVisible();
  await expect(page.getByText('<script>no</script>').first()).toBeVisible();
  await expectAccessible(page);
  await screens(page, 'announcement-new');
  await page.getByRole('button', { name: 'Announce', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
  await expectAccessible(page);
  await screens(page, 'announcement');
  await page.goto('/');
  await expect(page.getByRole('link', { name: title })).toBeVisible();
  await page.getByRole('link', { name: title }).click();
  await page.getByRole('button', { name: 'End the announcement' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End the announcement' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Announcements');
  await page.goto('/');
  await expect(page.getByRole('link', { name: title })).toHaveCount(0);
});

test('everybody reads what concerns them', async ({ page }) => {
  await signIn(page, 'student');
  await page.goto('/');
  await expect(page.getByRole('link', { name: 'Longer hours of the library' })).toBeVisible();
  await expectAccessible(page);
  await screens(page, 'today-announcements');
  await page.goto('/announcements');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Announcements');
  await expectAccessible(page);
  await screens(page, 'announcements');
});
