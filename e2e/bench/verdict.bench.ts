// From the frame of a camera to the verdict on the screen, without a network, with a pack of 10,000, on a
// processor that is six times slower. The browser slows the page down; the worker that reads codes runs at
// full speed, so its time counts six times.

import { chromium } from '@playwright/test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { get } from '../support/exam.ts';
import { post, withFilm } from '../support/gate.ts';
import { enrol, fact, prepare } from '../support/phones.ts';
import { expect, signIn, test, type Page } from '../support/test.ts';

const HOLDERS = 10_000;
const SLOWER = 6;
/** Passes that are shown to the camera, one after another. */
const SHOWN = 12;
/** Pictures of each, at thirty a second. */
const PICTURES = 75;
const VERDICTS = 40;

interface Took {
  /** Taking the picture off the video. */
  picture: number;
  /** The way to the worker and back. */
  way: number;
  /** Reading it, in the worker. */
  read: number;
  /** From the text to the verdict. */
  decide: number;
}

test.use({ serviceWorkers: 'allow' });

/** An event with many passes, and its gate. */
async function fill(page: Page): Promise<{ event: string; name: string }> {
  const name = 'Convocation';
  const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
  const when = { doors_at: at(-2), starts_at: at(-1), ends_at: at(8) };
  const { id: event } = await post(page, '/api/v1/events', { name, venue: 'Stadium', ...when, entries: 'times', times: 60 });
  await post(page, '/api/v1/points', { event, name: 'North gate' });
  await post(page, `/api/v1/events/${event}/pass-types`, { name: 'Guest', admits: 1 });
  const line = (n: number): string => `${name},Guest,Guest Number ${n},98${String(n).padStart(8, '0')},free`;
  const table = ['Event,Ticket,Guest,Mobile,Payment', ...Array.from({ length: HOLDERS }, (_, n) => line(n))].join('\n');
  const file = { name: 'passes.csv', mimeType: 'text/csv', buffer: Buffer.from(table) };
  const uploaded = await page.request.post('/api/v1/imports', { multipart: { kind: 'passes', file } });
  expect(uploaded.ok(), await uploaded.text()).toBe(true);
  const own = `/api/v1/imports/${((await uploaded.json()) as { id: string }).id}`;
  const state = async (): Promise<string> => (await get<{ state: string }>(page, own)).state;
  const soon = { timeout: 300_000 };
  await expect.poll(state, soon).toBe('previewed');
  await post(page, `${own}/confirmation`, {});
  await expect.poll(state, soon).toBe('imported');
  return { event, name };
}

/** A film in which one pass follows another, each held elsewhere in the frame, as near and as straight as it comes. */
async function filmOf(page: Page, event: string): Promise<{ folder: string; film: string }> {
  const { items } = await get<{ items: { id: string }[] }>(page, `/api/v1/events/${event}/passes?limit=${SHOWN}`);
  await page.setViewportSize({ width: 1280, height: 720 });
  const pictures: Buffer[] = [];
  for (const [at, { id }] of items.entries()) {
    await page.goto(`/passes/${id}`);
    await page.locator('.pass-qr').evaluate((code, at) => {
      const side = 280 + ((at * 53) % 120);
      const [left, top] = [640 - side / 2 + ((at * 71) % 160) - 80, 360 - side / 2 + ((at * 37) % 120) - 60];
      code.style.cssText = `position: fixed; z-index: 9; max-width: none; left: ${left}px; top: ${top}px; width: ${side}px; height: ${side}px; rotate: ${((at * 5) % 21) - 10}deg`;
    }, at);
    const picture = await page.screenshot({ type: 'jpeg', quality: 90 });
    pictures.push(...Array.from({ length: PICTURES }, () => picture));
  }
  const folder = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const film = join(folder, 'camera.mjpeg');
  await writeFile(film, Buffer.concat(pictures));
  return { folder, film };
}

/** Runs in the page before anything else: notes when pictures are taken, read and decided about. */
function watch(): void {
  const took: Took[] = [];
  Object.assign(globalThis, { took });
  let [taken, asked, back, read] = [0, 0, 0, 0];
  const draw = CanvasRenderingContext2D.prototype.drawImage as (...all: unknown[]) => void;
  CanvasRenderingContext2D.prototype.drawImage = function (this: CanvasRenderingContext2D, ...all: unknown[]) {
    taken = performance.now();
    draw.apply(this, all);
  } as CanvasRenderingContext2D['drawImage'];
  const Frame = globalThis.VideoFrame;
  globalThis.VideoFrame = class extends Frame {
    constructor(...all: ConstructorParameters<typeof Frame>) {
      const begun = performance.now();
      super(...all);
      taken = begun;
    }
  } as typeof Frame;
  const Own = globalThis.Worker;
  globalThis.Worker = class extends Own {
    constructor(...all: ConstructorParameters<typeof Own>) {
      super(...all);
      this.addEventListener('message', ({ data }: MessageEvent<{ took?: number }>) => {
        [back, read] = [performance.now(), data.took ?? NaN];
      });
    }
    override postMessage(...all: unknown[]): void {
      asked = performance.now();
      (super.postMessage as (...all: unknown[]) => void)(...all);
    }
  };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntriesByName('muster-verdict')) {
      took.push({ picture: asked - taken, way: back - asked - read, read, decide: duration });
    }
  }).observe({ type: 'measure' });
}

/** Runs in the worker: has every answer say how long it took. */
function time(): void {
  const scope = self as unknown as { onmessage: (event: unknown) => void; postMessage: (answer: object) => void };
  const [work, answer] = [scope.onmessage.bind(scope), scope.postMessage.bind(scope)];
  let begun = 0;
  scope.onmessage = (event) => {
    begun = performance.now();
    work(event);
  };
  scope.postMessage = (found) => answer({ ...found, took: performance.now() - begun });
}

function quantile(values: readonly number[], share: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
}

test('from a frame to the verdict', async ({ page }) => {
  await signIn(page, 'organiser');
  const { event, name } = await fill(page);
  const { folder, film } = await filmOf(page, event);
  const { executablePath, args } = test.info().project.use.launchOptions!;
  const camera = await chromium.launch({ executablePath: executablePath!, args: [...args!, ...withFilm(film)] });
  try {
    const { phone, context } = await enrol(page, camera, 'Bench');
    await phone.addInitScript(watch);
    await phone.reload();
    await prepare(phone, `North gate, ${name}`);
    await expect(fact(phone, 'holders')).toHaveText('10,000');
    await context.setOffline(true);
    await expect(fact(phone, 'link')).toHaveText('Offline');
    const slow = await context.newCDPSession(phone);
    await slow.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    phone.on('worker', (worker) => void worker.evaluate(time));
    await phone.getByRole('button', { name: 'Scan with the camera' }).click();
    const many = (): Promise<number> => phone.evaluate(() => (globalThis as unknown as { took: unknown[] }).took.length);
    await expect.poll(many, { timeout: 600_000 }).toBeGreaterThan(VERDICTS);
    const all = await phone.evaluate(() => (globalThis as unknown as { took: Took[] }).took);
    // The first one has the worker's program compiled.
    const took = all.slice(1).filter((one) => one.read > 0);
    const line = (what: string, of: (one: Took) => number): void => {
      const values = took.map(of);
      console.log(`${what}: median ${quantile(values, 0.5)} ms, p95 ${quantile(values, 0.95)} ms`);
    };
    console.log(`${took.length} verdicts, ${HOLDERS} holders, processor ${SLOWER} times slower`);
    line('picture', (one) => one.picture);
    line('to the worker and back', (one) => one.way);
    line(`reading it, times ${SLOWER}`, (one) => one.read * SLOWER);
    line('from the text to the verdict', (one) => one.decide);
    line('frame to verdict', (one) => one.picture + one.way + one.read * SLOWER + one.decide);
  } finally {
    await camera.close();
    await rm(folder, { recursive: true, force: true });
  }
});
