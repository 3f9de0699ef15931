// What holds of every page: a heading, accessible in both themes, within its width.

import { expect, type Page } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { screens } from './screens.ts';

/** Checks a page, and keeps it as a picture. */
export async function expectWellMade(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expectAccessible(page);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow, 'no sideways scroll').toBeLessThanOrEqual(0);
  await screens(page, name);
}
