// Measurements in a browser; `docs/benchmarks.md` tells what came of them. Not part of the tests:
// `npx playwright test --config bench.config.ts`, with MUSTER_BIN for a program that was built for release.

import { defineConfig } from '@playwright/test';
import base from './playwright.config.ts';

export default defineConfig({
  ...base,
  testDir: 'bench',
  testMatch: '*.bench.ts',
  outputDir: '../test-results/bench',
  workers: 1,
  timeout: 900_000,
  projects: [{ name: 'bench' }],
});
