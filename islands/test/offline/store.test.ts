import "fake-indexeddb/auto";
import { beforeEach, expect, test } from "vitest";
import { PackIndex } from "../../src/offline/pack-index.ts";
import type { Payload } from "../../src/offline/payload.ts";
import { Store } from "../../src/offline/store.ts";
import { POINT, kept, payload } from "./samples.ts";

let store: Store;
let made = 0;

beforeEach(async () => {
  store = await Store.open(`test-${++made}`);
});

const scan = (nonce: string, record: string) =>
  ({ id: nonce, nonce, record, at: 5, direction: "entry", count: 1, admitted: true, point: "Gate", person: "Ravi" }) as const;

/** A pack as it is taken once it was verified. */
const opened = (letters: string, more: Partial<Payload> = {}) => {
  const own = payload(letters, more);
  return { payload: own, text: JSON.stringify(own) };
};

/** What is looked up in the pack that is kept. */
async function index(): Promise<PackIndex> {
  const read = new PackIndex();
  for (const part of await store.parts(POINT.id, 0)) await read.take(part, undefined as unknown as CryptoKey);
  return read;
}

test("a whole pack replaces the one before", async () => {
  await store.take(opened("ab", { redemptions: [scan("one", "r-a")] }));
  await store.take(opened("bc", { cursor: "two" }));
  expect(await store.pack(POINT.id)).toMatchObject({ cursor: "two", first: 2, last: 2 });
  const kept = await index();
  expect(kept.holders).toBe(2);
  expect(kept.entry("k-a")).toBeUndefined();
  expect(kept.entry("k-c")).toMatchObject({ id: "r-c", type: "Single", admits: 1 });
  expect(kept.heardOf("r-a")).toEqual([]);
});

test("a difference changes what it names and leaves the rest", async () => {
  await store.take(opened("ab", { redemptions: [scan("one", "r-a"), scan("two", "r-b")] }));
  const anew = [
    { k: "k-a", id: "r-a", g: 0, admits: 1, standing: { superseded: { at: 7 } } },
    { k: "k-a2", id: "r-a", g: 0, admits: 2, standing: "current" as const },
  ];
  const records = [...payload("c").records, ...anew];
  await store.take(opened("", { whole: false, cursor: "two", records }));
  expect(await store.pack(POINT.id)).toMatchObject({ cursor: "two", first: 1, last: 2 });
  const kept = await index();
  expect([kept.holders, kept.most]).toEqual([3, 2]);
  expect(kept.entriesOf("r-a")).toMatchObject([{ standing: { superseded: { at: 7 } } }, { k: "k-a2" }]);
  expect(kept.entry("k-a")).toMatchObject({ standing: { superseded: { at: 7 } } });
  expect(kept.heardOf("r-a")).toEqual([]);
  expect(kept.heardOf("r-b")).toHaveLength(1);
});

test("a pack that can't be written as a whole changes nothing", async () => {
  await store.take(opened("ab"));
  const broken = opened("c", { cursor: "two", rule: (() => 1) as unknown as Payload["rule"] });
  await expect(store.take(broken)).rejects.toThrow();
  expect(await store.pack(POINT.id)).toMatchObject({ cursor: "one" });
  expect((await index()).entry("k-a")).toBeDefined();
});

test("what waits comes oldest first, and what takes a scan back after it", async () => {
  const first = kept("first", { clock: 10 });
  await store.keep(kept("second", { clock: 20 }));
  await store.keep(first);
  await store.keep(kept("sent", { clock: 5, progress: "sent" }));
  const reversal = { nonce: "back", point: POINT.id, undo: "first", reason: "no", clock: 10, progress: "waiting", answer: "" } as const;
  await store.takeBack(first, reversal);
  expect((await store.waiting()).map((one) => one.nonce)).toEqual(["first", "back", "second"]);
  expect(await store.scan("first")).toMatchObject({ undone: "no" });
  expect(await store.counts()).toEqual({ waiting: 3, refused: 0 });
});

test("a scan that is taken back while it is sent stays taken back", async () => {
  const scan = kept("one");
  await store.keep(scan);
  const reversal = { nonce: "back", point: POINT.id, undo: "one", reason: "no", clock: 9, progress: "waiting", answer: "" } as const;
  await store.takeBack(scan, reversal);
  await store.settle([{ ...scan, progress: "sent" }]);
  expect(await store.scan("one")).toMatchObject({ progress: "sent", undone: "no" });
});

test("a forgotten device loses its packs and keeps its scans", async () => {
  await store.take(opened("ab"));
  await store.keep(kept("one"));
  await store.forget();
  expect(await store.packs()).toEqual([]);
  expect(await store.parts(POINT.id, 0)).toEqual([]);
  expect(await store.waiting()).toHaveLength(1);
});
