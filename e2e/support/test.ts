// What every spec imports: `test` with the served demo, sign-in, and a watch on the console.

import { test as base, expect, type Locator, type Page } from '@playwright/test';
import type { Demo, SignIn } from './server.ts';

export { expect, type Locator, type Page };
export { expectAccessible, accessibilityProblems } from './accessible.ts';
export { expectWellMade } from './page.ts';
export { screens } from './screens.ts';

/** What pages printed as errors, refused scripts and styles included. */
export class ConsoleErrors {
  private seen: string[] = [];
  private expected: RegExp[] = [];

  /** Listens to a page; pages that a spec opens itself are added by hand. */
  watch(page: Page): void {
    page.on('pageerror', (error) => this.seen.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.seen.push(message.text());
    });
  }

  /** Errors that the spec provokes, such as the browser's note on an answer of 409. */
  allow(pattern: RegExp): void {
    this.expected.push(pattern);
  }

  /** The errors that nobody allowed. */
  unexpected(): string[] {
    return this.seen.filter((text) => !this.expected.some((pattern) => pattern.test(text)));
  }
}

interface Fixtures {
  /** Fails the test at its end when a page printed an error. */
  consoleErrors: ConsoleErrors;
}

export const test = base.extend<Fixtures>({
  baseURL: async ({}, use) => use(demo().url),
  consoleErrors: [
    async ({ page }, use) => {
      const errors = new ConsoleErrors();
      errors.watch(page);
      await use(errors);
      expect(errors.unexpected(), 'errors on the console').toEqual([]);
    },
    { auto: true },
  ],
});

/** The demo that all specs share. */
export function demo(): Demo {
  const text = process.env['MUSTER_E2E_DEMO'];
  if (text === undefined) throw new Error('no demo is served: run through Playwright');
  return JSON.parse(text) as Demo;
}

/** The sign-in of a role, as a demo printed it: the shared one, if no other is meant. */
export function signInOf(role: string, { sign_ins }: Demo = demo()): SignIn {
  const found = sign_ins.find((each) => each.role === role);
  if (found === undefined) {
    throw new Error(`no ${role} among ${sign_ins.map((each) => each.role).join(', ')}`);
  }
  return found;
}

/** Fills in the sign-in page of a server and goes on from there. */
export async function enter(
  page: Page,
  url: string,
  { identifier, password }: Credentials,
): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.locator('input[name=identifier]').fill(identifier);
  await page.locator('input[name=password]').fill(password);
  await page.locator('input[name=password]').press('Enter');
}

/** Who signs in, and by what. */
export type Credentials = Pick<SignIn, 'identifier' | 'password'>;

/** Signs a page in at a demo that a spec has to itself. */
export async function signInAt(page: Page, its: Demo, role: string): Promise<void> {
  await page.context().clearCookies();
  await enter(page, its.url, signInOf(role, its));
  await page.waitForURL((url) => !url.pathname.endsWith('/sign-in'));
}

type Cookies = Awaited<ReturnType<ReturnType<Page['context']>['cookies']>>;
const logins = new Map<string, Cookies>();

/**
 * Signs a page in, and leaves it where it is. The login is shared within a worker, since hashing takes
 * its time; a spec that signs out, or that tests signing in, asks for a fresh one, which goes through
 * the form and on to the first page.
 */
export async function signIn(page: Page, role: string, { fresh = false } = {}): Promise<void> {
  if (fresh) {
    await enter(page, '', signInOf(role));
    await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
    return;
  }
  const known = logins.get(role);
  if (known !== undefined) {
    await page.context().addCookies(known);
    return;
  }
  const { identifier, password } = signInOf(role);
  const { url } = demo();
  const form = { identifier, password, back: '/' };
  const answer = await page.request.post(`${url}/sign-in`, { form, headers: { origin: url }, maxRedirects: 0 });
  expect(answer.headers()['location'], `${role} signs in`).toBe('/');
  logins.set(role, await page.context().cookies());
}
