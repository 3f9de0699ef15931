// A pack that arrives in part, altered or not at all: the phone says so and tries again when asked, and
// whatever was prepared before goes on judging without a network.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Route } from '@playwright/test';
import { post, stage } from '../support/gate.ts';
import { byName, enrol, fact, wellMade } from '../support/phones.ts';
import { expect, signIn, test, type Page } from '../support/test.ts';

// The app opens without a network by the service worker, which other specs go without.
test.use({ serviceWorkers: 'allow' });

const AWAY = 'The server could not be reached. Check the network and try again.';
const INCOMPLETE = 'The pack is incomplete.';
const UNSIGNED = 'The pack is not signed by the server.';

/** What becomes of an answer on its way to the phone, and what the phone says then. */
interface Fate {
  readonly name: string;
  readonly says: string;
  readonly meet: (route: Route, cutting: string) => Promise<void>;
  /** Which answers it befalls; packs, if none are named. */
  readonly of?: RegExp;
}

const CUT: Fate = { name: 'is cut in the middle', says: AWAY, meet: (route, cutting) => route.continue({ url: cutting }) };

const FATES: readonly Fate[] = [
  { name: 'never comes', says: AWAY, meet: (route) => route.abort('connectionreset') },
  CUT,
  { name: 'is another answer', says: AWAY, meet: (route) => route.fulfill({ status: 503, body: 'Later.' }) },
  { name: 'is a page of the network', says: INCOMPLETE, meet: (route) => route.fulfill({ body: '<h1>Welcome</h1>' }) },
  { name: 'ends too early', says: INCOMPLETE, meet: (route) => changed(route, (pack) => pack.subarray(0, pack.length / 2)) },
  { name: 'lacks its last byte', says: INCOMPLETE, meet: (route) => changed(route, (pack) => pack.subarray(0, -1)) },
  { name: 'was altered', says: UNSIGNED, meet: (route) => changed(route, flipped) },
  { ...CUT, name: 'comes after a token that is cut', of: /\/tokens$/ },
];

/** Answers with what was made of the server's bytes. */
async function changed(route: Route, change: (pack: Buffer) => Buffer): Promise<void> {
  const answer = await route.fetch();
  await route.fulfill({ status: answer.status(), body: change(await answer.body()) });
}

/** One bit of the text inside is another. */
function flipped(pack: Buffer): Buffer {
  const copy = Buffer.from(pack);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}

/** The way between a phone and the server, on which one thing at a time goes wrong. */
class Road {
  fate: Fate | null = null;
  readonly #cutting: Server;
  #hangUp = (): void => undefined;

  private constructor() {
    const cut = new Promise<void>((resolve) => (this.#hangUp = resolve));
    // A server that promises much, sends some of it and hangs up.
    this.#cutting = createServer((request, response) => {
      response.writeHead(200, { 'content-length': 100_000 });
      response.write('{"'.repeat(2_000), () => void cut.then(() => request.socket.destroy()));
    });
  }

  static async to(context: BrowserContext): Promise<Road> {
    const road = new Road();
    await new Promise<void>((resolve) => road.#cutting.listen(0, '127.0.0.1', resolve));
    await context.route(/\/(pack\?.*|tokens|redemptions)$/, (route) => road.#meet(route));
    return road;
  }

  /** Cuts what is under way, and from here on at once. */
  cut(): void {
    this.#hangUp();
  }

  close(): void {
    this.#cutting.closeAllConnections();
    this.#cutting.close();
  }

  #meet(route: Route): Promise<void> {
    const of = this.fate?.of ?? /\/pack\?/;
    if (this.fate === null || !of.test(route.request().url())) return route.continue();
    const { port } = this.#cutting.address() as AddressInfo;
    return this.fate.meet(route, `http://127.0.0.1:${port}/`);
  }
}

/** Why there is no pack, and that it may be asked for again. */
async function isTold(phone: Page, button: string, { says }: Fate): Promise<void> {
  await expect(phone.locator('[data-prepare-error]')).toHaveText(`${says} Nothing of an unfinished pack is used.`);
  await expect(phone.getByRole('button', { name: button })).not.toHaveAttribute('aria-busy');
}

/** Opens the app anew without a network, where it judges by what it kept. */
async function judges(phone: Page, who: string, word: string): Promise<void> {
  await phone.context().setOffline(true);
  await phone.reload();
  await expect(fact(phone, 'link')).toHaveText('Offline');
  await isJudged(phone, who, word);
}

async function isJudged(phone: Page, who: string, word: string): Promise<void> {
  await byName(phone, who, who);
  await expect(phone.getByRole('dialog').getByRole('heading', { name: word })).toBeVisible();
  await phone.getByRole('button', { name: 'Next' }).click();
}

test('a pack that does not arrive whole is told of, and the one before goes on judging', async ({ page, browser }) => {
  await signIn(page, 'organiser');
  const event = 'Concert beyond the hills';
  const own = await stage(page, event);
  const { phone, context } = await enrol(page, browser, 'Phone in the valley');
  const road = await Road.to(context);
  const anew = phone.getByRole('button', { name: 'Fetch it anew' });
  const ready = phone.getByText('Ready: this gate works without a network.');
  try {
    // Where there is none yet, nothing is claimed.
    await phone.getByRole('button', { name: `North gate, ${event}` }).click();
    // What a page asks that the worker takes over while it is open can't be watched: it is opened again.
    await expect.poll(() => phone.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
    await phone.reload();
    road.fate = CUT;
    await phone.getByRole('button', { name: 'Prepare for offline' }).click();
    await expect(phone.locator('[data-prepare-far]')).toHaveText(/^\d+ kB$/);
    road.cut();
    await isTold(phone, 'Prepare for offline', CUT);
    await expect(fact(phone, 'age')).toHaveText('None');
    await expect(ready).toBeHidden();
    await wellMade(phone, 'verifier-not-prepared');
    road.fate = null;
    await phone.getByRole('button', { name: 'Prepare for offline' }).click();
    await expect(ready).toBeVisible();
    await expect(fact(phone, 'holders')).toHaveText('1');
    await expect(phone.locator('[data-prepare-error]')).toBeHidden();

    // From here on the server has more to tell, and the phone hears none of it.
    road.fate = FATES[0]!;
    const list = await page.request.get(`/api/v1/events/${own.event}/pass-types`);
    const { items } = (await list.json()) as { items: { id: string }[] };
    const holders = [{ name: 'Chandra Late', phone: '98470 20000' }];
    await post(page, `/api/v1/events/${own.event}/passes`, { pass_type: items[0]?.id, holders, payment: 'free' });
    for (const [round, fate] of FATES.entries()) {
      await test.step(`a pack that ${fate.name}`, async () => {
        road.fate = fate;
        // A page that was just opened has no token either.
        await phone.reload();
        await anew.click();
        await isTold(phone, 'Fetch it anew', fate);
        await expect(fact(phone, 'holders')).toHaveText('1');
        await expect(ready).toBeVisible();
        await judges(phone, 'Asha Guest 1', round === 0 ? 'Admit' : 'Already used');
        await context.setOffline(false);
      });
    }

    // The next attempt is as good as any.
    const broken = FATES.find(({ says }) => says === UNSIGNED)!;
    road.fate = broken;
    await anew.click();
    await isTold(phone, 'Fetch it anew', broken);
    road.fate = null;
    await anew.click();
    await expect(fact(phone, 'holders')).toHaveText('2');
    await expect(phone.getByRole('alert'), 'nothing is wrong any more').toHaveCount(0);
    await judges(phone, 'Chandra Late', 'Admit');

    // Nor does a verdict that is cut leave anybody at the door.
    await context.setOffline(false);
    await expect(fact(phone, 'waiting')).toHaveText('0');
    await expect(fact(phone, 'link')).toHaveText('Online');
    road.fate = { ...CUT, of: /\/redemptions$/ };
    await isJudged(phone, 'Chandra Late', 'Already used');
    await expect(fact(phone, 'waiting')).toHaveText('0');
  } finally {
    await context.close();
    road.close();
  }
});
