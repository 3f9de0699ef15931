// The pictures in docs/guides, taken by `cargo xtask guides` from a demo whose clock stands still.
// A picture is kept as it is while the screen shows the same.

import { defineConfig } from '@playwright/test';
import { NOW } from './guides/clock.ts';
import base from './playwright.config.ts';

process.env['MUSTER_DEMO_ARGS'] = `--clock-at ${NOW}`;

export default defineConfig({
  ...base,
  testDir: 'guides',
  testMatch: '*.guide.ts',
  outputDir: '../test-results/guides',
  snapshotPathTemplate: '../docs/guides/images/{arg}{ext}',
  workers: 1,
  use: { ...base.use, colorScheme: 'light', contextOptions: { reducedMotion: 'reduce' } },
  projects: [{ name: 'guides' }],
});
