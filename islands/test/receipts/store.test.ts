import "fake-indexeddb/auto";
import { beforeEach, expect, test } from "vitest";
import { readReceipt, NOTHING } from "../../src/receipts/receipt.ts";
import { freshKey, NoKey, Store } from "../../src/receipts/store.ts";
import { CODE, KEY_ID, OTHER_CODE } from "./samples.ts";

let store: Store;
let made = 0;

async function key() {
  const kind = { name: "ECDSA", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(kind, false, ["sign", "verify"]);
  return { key: pair.privateKey, shown: await crypto.subtle.exportKey("jwk", pair.publicKey) };
}

beforeEach(async () => {
  store = await Store.open(`student-${++made}`);
  const { key: own, shown } = await key();
  await store.setKey(freshKey("ada", KEY_ID, own, shown));
});

test("scans name one another in the order in which they were made", async () => {
  const first = await store.keep("ada", CODE, 1_000);
  const second = await store.keep("ada", OTHER_CODE, 500);
  expect((await store.waiting("ada")).map((one) => one.id)).toEqual([first.id, second.id]);
  const [one, other] = [first, second].map(({ receipt }) => readReceipt(receipt).said);
  expect(one).toMatchObject({ sequence: 1, previous: NOTHING, scannedAt: 1_000_000, code: CODE, key: KEY_ID });
  expect(other).toMatchObject({ sequence: 2 });
  expect(other?.previous).not.toBe(NOTHING);
});

test("scans of several tabs at once still follow on one another", async () => {
  const letters = [..."ABCDEFGH"];
  await Promise.all(letters.map((letter) => store.keep("ada", CODE.slice(0, 20) + letter + CODE.slice(21), 1)));
  const all = (await store.waiting("ada")).map(({ receipt }) => readReceipt(receipt).said.sequence);
  expect(all).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("a code that waits is not kept twice", async () => {
  const first = await store.keep("ada", CODE, 1);
  expect(await store.keep("ada", CODE, 2)).toEqual(first);
});

test("without a key nothing is kept", async () => {
  await expect(store.keep("ben", CODE, 1)).rejects.toThrow(NoKey);
  expect(await store.latest("ben")).toEqual([]);
});

test("each person's scans are their own", async () => {
  await store.keep("ada", CODE, 1);
  expect(await store.waiting("ben")).toEqual([]);
  expect(await store.waitingOfOthers("ben")).toBe(1);
  expect(await store.waitingOfOthers("ada")).toBe(0);
});

test("a key that is registered again goes on, and another one begins anew", async () => {
  await store.keep("ada", CODE, 1);
  const before = await store.key("ada");
  await store.setKey(freshKey("ada", KEY_ID, before!.key, before!.shown));
  expect(await store.key("ada")).toMatchObject({ sequence: 1 });
  await store.setKey(freshKey("ada", "another", before!.key, before!.shown));
  expect(await store.key("ada")).toMatchObject({ sequence: 0, head: NOTHING });
});

test("what was answered long ago goes, and what waits stays", async () => {
  const old = await store.keep("ada", CODE, 1);
  await store.settle([{ ...old, progress: "sent", result: { result: "accepted", status: "present" } }]);
  await store.keep("ada", OTHER_CODE, 2);
  await store.tidy(40 * 24 * 3_600_000);
  expect((await store.latest("ada")).map((one) => one.code)).toEqual([OTHER_CODE]);
});
