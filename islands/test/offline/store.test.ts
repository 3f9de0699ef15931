import "fake-indexeddb/auto";
import { beforeEach, expect, test } from "vitest";
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

test("a whole pack replaces the one before", async () => {
  await store.take(payload("ab", { redemptions: [scan("one", "r-a")] }));
  await store.take(payload("bc", { cursor: "two" }));
  expect(await store.pack(POINT.id)).toMatchObject({ cursor: "two", holders: 2 });
  expect(await store.entry(POINT.id, "k-a")).toBeUndefined();
  expect(await store.entry(POINT.id, "k-c")).toMatchObject({ id: "r-c", type: "Single", admits: 1 });
  expect(await store.heardOf(POINT.id, "r-a")).toEqual([]);
});

test("a difference changes what it names and leaves the rest", async () => {
  await store.take(payload("ab", { names: "x", redemptions: [scan("one", "r-a"), scan("two", "r-b")] }));
  const issuedAnew = [
    { k: "k-a", id: "r-a", g: 0, admits: 1, standing: { superseded: { at: 7 } } },
    { k: "k-a2", id: "r-a", g: 0, admits: 1, standing: "current" as const },
  ];
  const more = payload("c", { whole: false, cursor: "two", names: "y" });
  await store.take({ ...more, records: [...more.records, ...issuedAnew] });
  expect(await store.pack(POINT.id)).toMatchObject({ cursor: "two", holders: 3, names: ["x", "y"] });
  expect(await store.entriesOf(POINT.id, "r-a")).toMatchObject([{ standing: { superseded: { at: 7 } } }, { k: "k-a2" }]);
  expect(await store.heardOf(POINT.id, "r-a")).toEqual([]);
  expect(await store.heardOf(POINT.id, "r-b")).toHaveLength(1);
});

test("a pack that can't be written as a whole changes nothing", async () => {
  await store.take(payload("ab"));
  const broken = payload("c", { cursor: "two" });
  const bad = { ...broken, redemptions: [{ ...scan("one", "r-c"), id: undefined }] } as unknown as Payload;
  await expect(store.take(bad)).rejects.toThrow();
  expect(await store.pack(POINT.id)).toMatchObject({ cursor: "one", holders: 2 });
  expect(await store.entry(POINT.id, "k-a")).toBeDefined();
  expect(await store.entry(POINT.id, "k-c")).toBeUndefined();
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
  await store.take(payload("ab"));
  await store.keep(kept("one"));
  await store.forget();
  expect(await store.packs()).toEqual([]);
  expect(await store.entry(POINT.id, "k-a")).toBeUndefined();
  expect(await store.waiting()).toHaveLength(1);
});
