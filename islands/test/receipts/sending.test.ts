import { expect, test, vi } from "vitest";
import { linkAfter } from "../../src/receipts/keeper.ts";
import type { Answer, Kept } from "../../src/receipts/model.ts";
import { sendAll } from "../../src/receipts/sending.ts";
import { Away, NoStudent, SignedOut } from "../../src/receipts/server.ts";
import { shown, waitingWords } from "../../src/receipts/words.ts";
import { kept } from "./samples.ts";

/** A queue in memory. */
function queue(all: Kept[]) {
  const rows = new Map(all.map((one) => [one.id, one]));
  return {
    rows,
    waiting: async () => [...rows.values()].filter((one) => one.progress === "waiting"),
    settle: async (done: readonly Kept[]) => done.forEach((one) => rows.set(one.id, one)),
  };
}

const many = (count: number) => Array.from({ length: count }, (_, at) => kept(`r${at}`, { sequence: at + 1 }));
const accept = (lot: readonly Kept[]): Promise<Answer[]> =>
  Promise.resolve(lot.map(({ id }) => ({ id, result: "accepted", status: "present" })));

test("all that waits is sent in lots, and each is acknowledged by its name", async () => {
  const own = queue(many(450));
  const by = vi.fn(accept);
  await sendAll(own, "ada", () => 0, by);
  expect(by.mock.calls.map(([lot]) => lot.length)).toEqual([200, 200, 50]);
  expect(await own.waiting()).toEqual([]);
});

test("what the server did not answer still waits, and so does what follows", async () => {
  const own = queue(many(250));
  const by = vi.fn(async (lot: readonly Kept[]) => (await accept(lot)).filter(({ id }) => id !== "r7"));
  await expect(sendAll(own, "ada", () => 0, by)).rejects.toThrow(Away);
  expect(by).toHaveBeenCalledOnce();
  expect((await own.waiting()).map((one) => one.id)).toEqual(["r7", ...many(250).slice(200).map((one) => one.id)]);
});

test("a lost answer loses nothing", async () => {
  const own = queue(many(3));
  await expect(sendAll(own, "ada", () => 0, () => Promise.reject(new Away("gone")))).rejects.toThrow(Away);
  expect(await own.waiting()).toHaveLength(3);
  await sendAll(own, "ada", () => 0, accept);
  expect(await own.waiting()).toEqual([]);
});

test("a refusal is kept with its reason, and holds nothing up", async () => {
  const own = queue(many(2));
  const detail = "This arrived too late to count.";
  await sendAll(own, "ada", () => 0, async () => [
    { id: "r0", result: "refused", reason: "too-late", detail },
    { id: "r1", result: "already", status: "late" },
  ]);
  expect(own.rows.get("r0")).toMatchObject({ progress: "refused", result: { reason: "too-late" } });
  expect(shown(own.rows.get("r0") as Kept)).toMatchObject({ word: "Refused", tone: "error", sentence: detail });
  expect(shown(own.rows.get("r1") as Kept)).toMatchObject({ word: "Late", tone: "warning" });
  expect(shown(kept("x"))).toMatchObject({ word: "Waiting", tone: "warning" });
});

test("what another server has to judge is on its way, not marked", () => {
  const detail = "The server has it.";
  const result = { result: "accepted", detail } as const;
  expect(shown({ result })).toMatchObject({ word: "On its way", tone: "info", sentence: detail });
});

test("what failed says how the server stands", () => {
  expect(linkAfter(new Away(""))).toBe("offline");
  expect(linkAfter(new SignedOut(""))).toBe("signed-out");
  expect(linkAfter(new NoStudent(""))).toBe("no-student");
  expect(() => linkAfter(new TypeError("a mistake of ours"))).toThrow("a mistake of ours");
});

test("counting is grammatical", () => {
  expect([waitingWords(1), waitingWords(2)]).toEqual(["1 scan waits to be sent.", "2 scans wait to be sent."]);
});
