import "fake-indexeddb/auto";
import { beforeEach, describe, expect, test } from "vitest";
import type { Device, Pack } from "../../src/offline/model.ts";
import { BadPack, type Payload } from "../../src/offline/payload.ts";
import { prepare, refresh } from "../../src/offline/preparing.ts";
import { Away, type Server } from "../../src/offline/server.ts";
import { Store } from "../../src/offline/store.ts";
import { POINT, cutAfter, payload } from "./samples.ts";
import { KEYS, signed } from "./signing.ts";

const device = { id: "device", keys: KEYS } as unknown as Device;
const wanted = { point: POINT.id, withoutPhotos: false };

let store: Store;
let made = 0;

/** A server that answers one thing. */
const answering = (body: BodyInit): Server => ({ pack: async () => new Response(body) }) as unknown as Server;

const fetched = (body: BodyInit): Promise<void> => prepare(store, answering(body), device, wanted, () => undefined);
const pack = (letters: string, more: Partial<Payload> = {}): Promise<Uint8Array<ArrayBuffer>> => signed(JSON.stringify(payload(letters, more)));

/** All that is kept of the point. */
const kept = async () => ({ pack: await store.pack(POINT.id), parts: await store.parts(POINT.id, 0) });

beforeEach(async () => {
  store = await Store.open(`preparing-${++made}`);
  await fetched(await pack("ab"));
});

/** What may become of a pack on its way, and what is thrown for it. */
const ACCIDENTS: readonly (readonly [string, (bytes: Uint8Array<ArrayBuffer>) => BodyInit, typeof Away | typeof BadPack])[] = [
  ["is cut before its first byte", (bytes) => cutAfter(bytes.slice(0, 0)), Away],
  ["is cut in the middle", (bytes) => cutAfter(bytes.slice(0, bytes.length >> 1)), Away],
  ["is cut where it would end", (bytes) => cutAfter(bytes), Away],
  ["is empty", () => new Uint8Array(), BadPack],
  ["ends in the middle", (bytes) => bytes.slice(0, bytes.length >> 1), BadPack],
  ["lacks its last byte", (bytes) => bytes.slice(0, -1), BadPack],
  ["has a byte too many", (bytes) => Uint8Array.from([...bytes, 0]), BadPack],
  ["is altered", (bytes) => bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte)), BadPack],
  ["is a page of the network", () => "<h1>Welcome</h1>", BadPack],
];

describe.each(ACCIDENTS)("a pack that %s", (_, accident, error) => {
  test("is not taken, and the next one is", async () => {
    const before = await kept();
    const next = await pack("abc", { cursor: "two" });
    await expect(fetched(accident(next))).rejects.toThrow(error);
    expect(await kept()).toEqual(before);
    await fetched(next);
    expect(await kept()).toMatchObject({ pack: { cursor: "two" }, parts: [{ cursor: "two" }] });
  });

  test("changes nothing where it tells a difference", async () => {
    const before = await kept();
    const difference = await pack("c", { cursor: "two", whole: false });
    const told = (body: BodyInit): Promise<void> => refresh(store, answering(body), device, before.pack as Pack);
    await expect(told(accident(difference))).rejects.toThrow(error);
    expect(await kept()).toEqual(before);
    await told(difference);
    expect(await kept()).toMatchObject({ pack: { cursor: "two" }, parts: [{ cursor: "one" }, { cursor: "two" }] });
  });
});

test.each([
  ["another phone", { device: "another" }],
  ["another point", { point: { ...POINT, id: "elsewhere" } }],
])("a pack of %s is not taken", async (_, more) => {
  const before = await kept();
  await expect(fetched(await pack("abc", more))).rejects.toThrow(BadPack);
  expect(await kept()).toEqual(before);
  expect(await store.packs()).toHaveLength(1);
});
