import { expect, test } from "vitest";
import type { Answer } from "../../src/offline/server.ts";
import { item, sendAll, settled } from "../../src/offline/sending.ts";
import type { Waiting } from "../../src/offline/store.ts";
import { MADE, POINT, kept } from "./samples.ts";

const GOOD = { status: 201, redemption: null, problem: null };

/** A queue of so many, and a server that answers as told. */
function setUp(many: number, answer: (nonce: string) => Answer | undefined) {
  const queue = new Map<string, Waiting>();
  for (let at = 0; at < many; at++) queue.set(`n${at}`, kept(`n${at}`, { clock: at }));
  const lots: number[] = [];
  const waiting = async () => [...queue.values()].filter((one) => one.progress === "waiting");
  const settle = async (done: readonly Waiting[]) => done.forEach((one) => queue.set(one.nonce, one));
  const batch = async (items: readonly unknown[]) => {
    lots.push(items.length);
    return (items as { nonce: string }[]).map((one) => answer(one.nonce)) as Answer[];
  };
  return { queue, lots, send: () => sendAll({ waiting, settle }, { batch }, () => MADE), waiting };
}

test("one that is malformed holds up none of five hundred", async () => {
  const problem = { type: "/problems/invalid", detail: "Not understood." };
  const { send, queue, lots, waiting } = setUp(500, (nonce) => (nonce === "n7" ? { status: 422, redemption: null, problem } : GOOD));
  await send();
  expect(await waiting()).toEqual([]);
  expect(lots).toEqual([200, 200, 100]);
  expect(queue.get("n7")).toMatchObject({ progress: "refused", answer: "Not understood." });
  expect([...queue.values()].filter((one) => one.progress === "sent")).toHaveLength(499);
});

test("what the server could not do stays, and the rest of the lot is done", async () => {
  const { send, waiting, queue } = setUp(3, (nonce) => (nonce === "n1" ? { ...GOOD, status: 503 } : GOOD));
  await expect(send()).rejects.toThrow("still to be sent");
  expect((await waiting()).map((one) => one.nonce)).toEqual(["n1"]);
  expect(queue.get("n2")).toMatchObject({ progress: "sent", sentAt: MADE });
});

test("a lot without an answer is sent again under the same names", async () => {
  let broken = true;
  const { send, waiting, lots } = setUp(2, () => {
    if (broken) throw new Error("no network");
    return GOOD;
  });
  await expect(send()).rejects.toThrow("no network");
  expect(await waiting()).toHaveLength(2);
  broken = false;
  await send();
  expect(await waiting()).toEqual([]);
  expect(lots).toEqual([2, 2]);
});

test("what is scanned while a lot is on its way goes with the next one", async () => {
  const { send, queue, lots, waiting } = setUp(2, (nonce) => {
    if (nonce === "n0") queue.set("late", kept("late", { clock: 9 }));
    return GOOD;
  });
  await send();
  expect(await waiting()).toEqual([]);
  expect(lots).toEqual([2, 1]);
});

test("an answer that is missing is no answer", () => {
  expect(settled(kept("one"), undefined, MADE)).toMatchObject({ progress: "waiting" });
});

test("somebody let in twice is told of", () => {
  const redemption = { redemption: "1", verdict: "already_used", detail: "", holder: null, count: 1, incidents: ["double_use"] } as const;
  const done = settled(kept("one"), { ...GOOD, redemption }, MADE);
  expect(done).toMatchObject({ progress: "sent", answer: "Another phone let them in as well." });
});

test("what the device decided is told as that, and what the server decided is not", () => {
  const own = item(kept("one"));
  expect(own).toMatchObject({ credential: "MUSTER:1", point: POINT.id, nonce: "one", decided: { verdict: "admit", pack_issued_at: MADE } });
  expect(item(kept("two", { pack: null }))).not.toHaveProperty("decided");
  const forced = kept("three", { verdict: "already_used", forced: "Lost their stamp" });
  expect(item(forced)).toMatchObject({ force: true, reason: "Lost their stamp", decided: { verdict: "already_used" } });
});
