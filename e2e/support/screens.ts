// Screenshots for people to look at: test-results/screens/NAME-PROJECT-THEME.png. Drawing them takes
// longer than most specs, so they are made where MUSTER_SCREENS is set.

import { join } from 'node:path';
import { test, type Page } from '@playwright/test';

const FOLDER = join(import.meta.dirname, '../../test-results/screens');

/** Takes the whole page in both themes, if pictures are wanted. */
export async function screens(page: Page, name: string): Promise<void> {
  if (process.env['MUSTER_SCREENS'] === undefined) return;
  const project = test.info().project.name;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const path = join(FOLDER, `${name}-${project}-${colorScheme}.png`);
    await page.screenshot({ path, fullPage: true, animations: 'disabled' });
  }
  await page.emulateMedia({ colorScheme: null });
}
