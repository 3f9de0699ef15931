// An event of today with a gate and a pass, made for one test, and a film of the pass for cameras.

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';

export interface Stage {
  event: string;
  point: string;
  pass: string;
  code: string;
}

/** Calls the interface as whoever a page is signed in as; the answer. */
export async function post<Answer = { id: string }>(page: Page, path: string, data: unknown): Promise<Answer> {
  const answer = await page.request.post(path, { data });
  expect(answer.ok(), await answer.text()).toBe(true);
  return (await answer.json()) as Answer;
}

/** Sets an event up as its organiser, whose page is signed in. */
export async function stage(page: Page, name: string, entries = 'single', people = 1): Promise<Stage> {
  const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
  const { id: event } = await post(page, '/api/v1/events', {
    name,
    venue: 'Great Hall',
    doors_at: at(-2),
    starts_at: at(-1),
    ends_at: at(8),
    entries,
  });
  const { id: point } = await post(page, '/api/v1/points', { event, name: 'North gate' });
  const { id: type } = await post(page, `/api/v1/events/${event}/pass-types`, { name: 'Guest', admits: people });
  const holders = Array.from({ length: people }, (_, n) => ({ name: `Asha Guest ${n + 1}`, phone: `98470 1000${n}` }));
  const { id: pass } = await post(page, `/api/v1/events/${event}/passes`, { pass_type: type, holders, payment: 'free' });
  const shown = (await (await page.request.get(`/api/v1/passes/${pass}`)).json()) as { code: string };
  return { event, point, pass, code: shown.code };
}

/** A film that shows the QR of a pass all the time; the folder of it is the caller's to remove. */
export async function filmOf(page: Page, pass: string): Promise<{ folder: string; film: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-film-'));
  const film = join(folder, 'camera.mjpeg');
  await page.setViewportSize({ width: 640, height: 480 });
  await page.goto(`/passes/${pass}`);
  await page.locator('.pass-qr').scrollIntoViewIfNeeded();
  await writeFile(film, await page.screenshot({ type: 'jpeg', quality: 100 }));
  return { folder, film };
}

/** What a browser is started with so that its camera shows a film. */
export function withFilm(film: string): string[] {
  return [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-video-capture=${film}`,
  ];
}
