// Classes of the demo's own terms. Other specs add terms and copy classes into them.

import type { Page } from '@playwright/test';

/** Opens the nth class in the list that the demo made, those of the latest term first. */
export async function openDemoClass(page: Page, nth = 0): Promise<void> {
  await page.goto('/classes');
  const term = page.locator('td[data-label="Term"]', { hasText: /^\w+ term \d{4}$/ });
  await page.locator('main tbody tr').filter({ has: term }).locator('a').nth(nth).click();
}
