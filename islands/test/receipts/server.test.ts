import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Away, present, register, send } from "../../src/receipts/server.ts";
import { Store } from "../../src/receipts/store.ts";
import { CODE } from "./samples.ts";

const answer = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });

beforeEach(() => vi.stubGlobal("navigator", { userAgent: "Linux" }));
afterEach(() => vi.unstubAllGlobals());

test("a device that was withdrawn gets a new key, and what waits stays", async () => {
  const store = await Store.open("withdrawn");
  const keys: string[] = [];
  let withdrawn = "";
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    const { public_key: shown } = JSON.parse(String(init.body)) as { public_key: JsonWebKey };
    const one = shown.x ?? "";
    if (one === withdrawn) return answer(409, { type: "/problems/key-withdrawn", detail: "Withdrawn." });
    if (!keys.includes(one)) keys.push(one);
    return answer(201, { id: `key ${keys.indexOf(one)}` });
  });
  await register(store, "ada");
  const before = await store.keep("ada", CODE, 1);
  await register(store, "ada");
  expect((await store.key("ada"))?.id).toBe("key 0");
  expect((await store.key("ada"))?.sequence).toBe(1);
  withdrawn = keys[0] ?? "";
  await register(store, "ada");
  expect(keys).toHaveLength(2);
  expect(await store.key("ada")).toMatchObject({ id: "key 1", sequence: 0 });
  expect(await store.waiting("ada")).toEqual([before]);
});

test.each([
  ["cut", '{"status": "present", "at": "2026-'],
  ["empty", ""],
  ["somebody else's page", "<html>Sign in to the Wi-Fi</html>"],
])("an answer that is %s leaves a mark to be kept and sent again", async (_, body) => {
  vi.stubGlobal("fetch", async () => new Response(body, { status: 200 }));
  expect(await present(CODE)).toBeNull();
  await expect(send([], 1)).rejects.toThrow(Away);
});
