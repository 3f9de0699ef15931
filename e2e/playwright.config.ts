// Browser tests: every spec runs on a phone and on a desktop against one served demo.

import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: 'specs',
  outputDir: '../test-results/browser',
  globalSetup: './support/global-setup.ts',
  forbidOnly: true,
  retries: 0,
  workers: 2,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
  use: {
    locale: 'en-GB',
    timezoneId: 'UTC',
    // Requests that a worker answers can't be watched; install.spec.ts lets it in.
    serviceWorkers: 'block',
    // A trace costs every action a copy of the page: `npx playwright test --trace on` makes one.
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env['MUSTER_CHROMIUM'] ?? '/usr/bin/chromium-headless-shell',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    // One class has one open session, and the institution one logo, so these jobs run once; the first
    // opens a phone of its own.
    { name: 'phone', testIgnore: /attendance|logo/, use: { viewport: { width: 360, height: 740 }, hasTouch: true } },
    // Phones scan, and are enrolled.
    { name: 'desktop', testIgnore: /scan\.spec|offline-/, use: { viewport: { width: 1280, height: 800 } } },
  ],
});
