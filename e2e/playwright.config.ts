// Browser tests: each spec does its job once, where it is done in life, and looks at every page in the
// sizes of both a phone and a desktop. All share one served demo.

import { defineConfig } from '@playwright/test';
import { SIZES } from './support/sizes.ts';

/** Jobs of students, teachers in a room, and verifiers. */
const ON_PHONES = [
  'announcements',
  'corrections',
  'distance',
  'first-codes',
  'install',
  'letters',
  'offline-[a-z]+',
  'own',
  'pin',
  'profile',
  'provider',
  'scan',
  'scoped-roles',
  'second-factor',
  'trust',
  'verify',
  'zones',
];
/** Jobs that are done another way on each. */
const ON_BOTH = ['enrolment', 'sign-in'];

const files = (names: string[]): RegExp => new RegExp(`/(?:${names.join('|')})\\.spec\\.ts$`);

export default defineConfig({
  testDir: 'specs',
  outputDir: '../test-results/browser',
  globalSetup: './support/global-setup.ts',
  forbidOnly: true,
  retries: 0,
  workers: 2,
  // Long jobs, on machines whose processors others use as well.
  timeout: 240_000,
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
    { name: 'phone', testMatch: files([...ON_PHONES, ...ON_BOTH]), use: { viewport: SIZES.phone, hasTouch: true } },
    { name: 'desktop', testIgnore: files(ON_PHONES), use: { viewport: SIZES.desktop } },
  ],
});
