// Screenshots for people to look at: test-results/screens/NAME-SIZE-THEME.png. Drawing them takes
// longer than most specs, so they are made where MUSTER_SCREENS is set.

import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { inBothSizes } from './sizes.ts';

const FOLDER = join(import.meta.dirname, '../../test-results/screens');

/** Takes the whole page in both sizes and both themes, if pictures are wanted. */
export async function screens(page: Page, name: string): Promise<void> {
  if (process.env['MUSTER_SCREENS'] === undefined) return;
  await inBothSizes(page, async (size) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const path = join(FOLDER, `${name}-${size}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: true, animations: 'disabled' });
    }
    await page.emulateMedia({ colorScheme: null });
  });
}
