// The server goes away in the middle of a session, as in a power cut, and comes back.

import type { Route } from '@playwright/test';
import { startServer, type Server } from '../support/server.ts';
import { expect, test, type ConsoleErrors, type Page } from '../support/test.ts';

/** A program's way in, for what the spec does beside the screens. */
class Program {
  private constructor(
    private readonly page: Page,
    private readonly url: string,
    private readonly token: string,
  ) {}

  static async signIn(page: Page, server: Server, role: string): Promise<Program> {
    const { url, sign_ins } = server.demo;
    const who = sign_ins.find((each) => each.role === role);
    const data = { identifier: who?.identifier, password: who?.password };
    const answer = await page.request.post(`${url}/api/v1/tokens`, { data });
    const { access_token } = (await answer.json()) as { access_token: string };
    return new Program(page, url, access_token);
  }

  async call<T>(method: string, path: string, data?: unknown): Promise<T> {
    const headers = { authorization: `Bearer ${this.token}` };
    const answer = await this.page.request.fetch(`${this.url}/api/v1${path}`, { method, headers, data });
    expect(answer.ok(), `${method} ${path}: ${await answer.text()}`).toBe(true);
    return (await answer.json()) as T;
  }
}

interface List {
  items: { id: string }[];
}

async function signIn(page: Page, server: Server, role: string): Promise<void> {
  const who = server.demo.sign_ins.find((each) => each.role === role);
  await page.goto(`${server.demo.url}/sign-in`);
  await page.locator('input[name=identifier]').fill(who?.identifier ?? '');
  await page.locator('input[name=password]').fill(who?.password ?? '');
  await page.locator('input[name=password]').press('Enter');
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
}

/** Opens a session, with codes of five seconds, of a class that the demo's student attends. */
async function open(page: Page, server: Server): Promise<string> {
  const registrar = await Program.signIn(page, server, 'super administrator');
  await registrar.call('PATCH', '/settings', { step_seconds: 5 });
  const teacher = await Program.signIn(page, server, 'teacher');
  const student = await Program.signIn(page, server, 'student');
  const attended = await student.call<List>('GET', '/classes?mine=true');
  const taught = await teacher.call<List>('GET', '/classes?mine=true');
  const shared = taught.items.find((one) => attended.items.some((two) => two.id === one.id));
  const methods = { methods: ['qr', 'code'] };
  const { id } = await teacher.call<{ id: string }>('POST', `/classes/${shared?.id}/sessions`, methods);
  return id;
}

async function mark(page: Page, server: Server, session: string): Promise<void> {
  const teacher = await Program.signIn(page, server, 'teacher');
  const student = await Program.signIn(page, server, 'student');
  const { link } = await teacher.call<{ link: string }>('GET', `/sessions/${session}/code`);
  await student.call('POST', '/marks', { code: link });
}

const refuse = (route: Route): Promise<void> => route.abort();

async function another(
  page: Page,
  errors: ConsoleErrors,
  url: string,
  prepare: (opened: Page) => Promise<unknown> = () => Promise.resolve(),
): Promise<Page> {
  const opened = await page.context().newPage();
  errors.watch(opened);
  await prepare(opened);
  await opened.goto(url);
  return opened;
}

test('screens outlast a server that is away, and miss nothing when it is back', async ({
  page,
  consoleErrors,
}) => {
  consoleErrors.allow(/ERR_|Failed to load resource|network/i);
  const server = await startServer();
  try {
    const session = await open(page, server);
    await signIn(page, server, 'teacher');
    const here = `${server.demo.url}/sessions/${session}`;
    await page.goto(here);
    const wall = await another(page, consoleErrors, `${here}/projector`);
    const state = (screen: Page) => screen.locator('[data-link-state]').first();
    const stage = (screen: Page) => screen.locator('[data-projector]');
    const typed = wall.locator('[data-typed]');
    await expect(state(page)).toHaveText('Live');
    await expect(state(wall)).toHaveText('Live');
    // Its stock has come: without one, a wall has nothing to show.
    await expect(stage(wall)).toHaveAttribute('data-screen', 'code');
    const late = await another(page, consoleErrors, `${here}/projector`, (opened) => opened.route('**/codes', refuse));

    await server.kill();
    // The wall shows the next codes from its stock, and says how long it lasts.
    const before = await typed.textContent();
    await expect(state(wall)).toHaveText(/Offline – codes last until/, { timeout: 45_000 });
    await expect(typed).not.toHaveText(before ?? '', { timeout: 20_000 });
    await expect(state(page)).toHaveText('Reconnecting…');
    // One that never got its stock shows no code that is over.
    await expect(state(late)).toHaveText("The server can't be reached. A new code comes with it.");
    await expect(stage(late)).toHaveAttribute('data-screen', 'empty');
    await late.unroute('**/codes');

    await server.restart();
    await mark(page, server, session);
    await expect(state(page)).toHaveText('Live', { timeout: 40_000 });
    await expect(page.locator('tr[data-status=present], tr[data-status=late]')).toHaveCount(1);
    await expect(wall.locator('[data-count=here]')).toHaveText('1', { timeout: 40_000 });
    await expect(state(wall)).toHaveText('Live', { timeout: 40_000 });
    await expect(stage(late)).toHaveAttribute('data-screen', 'code', { timeout: 40_000 });

    // Signed out meanwhile: a sentence and a way back, no attempts for ever.
    await page.context().clearCookies();
    await server.kill();
    await server.restart();
    const back = page.getByRole('link', { name: 'Sign in again' });
    await expect(back).toBeVisible({ timeout: 40_000 });
    await expect(back).toHaveAttribute('href', `/sign-in?back=${encodeURIComponent(`/sessions/${session}`)}`);
  } finally {
    await server.stop();
  }
});
