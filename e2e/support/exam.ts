// The demo's exam of today: who has not come yet, its rooms, and a film of a docket for cameras.

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page } from './test.ts';

interface Seat {
  person: string;
  number: string;
  name: string;
  assigned_room: string | null;
  has_docket: boolean;
  state: string;
}

/** A student who has not come yet. */
export interface Late {
  sitting: string;
  assessment: string;
  /** The room that they were assigned: its point and its name. */
  room: string;
  roomName: string;
  docket: string;
  person: string;
  student: string;
  number: string;
}

/** What the interface answers whoever a page is signed in as. */
export async function get<T>(page: Page, path: string): Promise<T> {
  const answer = await page.request.get(path);
  expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
  return (await answer.json()) as T;
}

/** Students of the exam who have a docket and have not come; the office's page is signed in. */
export async function waiting(page: Page): Promise<{ sitting: string; assessment: string; seats: Seat[] }> {
  await page.goto('/sittings');
  const sitting = ((await page.locator('main tbody th a').first().getAttribute('href')) ?? '').replace('/sittings/', '');
  const { assessment } = await get<{ assessment: string }>(page, `/api/v1/sittings/${sitting}`);
  const list = await get<{ items: Seat[] }>(page, `/api/v1/sittings/${sitting}/room-list`);
  // Another spec holds and renews the docket of this one.
  const taken = 'S000014';
  const seats = list.items.filter((one) => one.state === 'not_yet' && one.has_docket && one.number !== taken);
  return { sitting, assessment, seats };
}

/** One of them, with their docket. */
export async function late(page: Page, pick: (seats: Seat[]) => Seat | undefined): Promise<Late> {
  const { sitting, assessment, seats } = await waiting(page);
  const own = pick(seats)!;
  const points = await get<{ items: { id: string; name: string }[] }>(page, `/api/v1/points?sitting=${sitting}`);
  const room = points.items.find((point) => point.name === own.assigned_room)!;
  const issued = await page.request.post(`/api/v1/people/${own.person}/dockets`, { data: { assessment } });
  expect(issued.ok(), await issued.text()).toBe(true);
  const { id: docket } = (await issued.json()) as { id: string };
  const { person, name: student, number } = own;
  return { sitting, assessment, room: room.id, roomName: room.name, docket, person, student, number };
}

/** A film that shows the QR of a docket all the time; the folder of it is the caller's to remove. */
export async function filmOf(page: Page, docket: string): Promise<{ folder: string; film: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-rooms-'));
  const film = join(folder, 'camera.mjpeg');
  const size = page.viewportSize()!;
  await page.setViewportSize({ width: 640, height: 480 });
  await page.goto(`/dockets/${docket}`);
  await page.locator('article.docket svg').last().scrollIntoViewIfNeeded();
  await writeFile(film, await page.screenshot({ type: 'jpeg', quality: 100 }));
  await page.setViewportSize(size);
  return { folder, film };
}
