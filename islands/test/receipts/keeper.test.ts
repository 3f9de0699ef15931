import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Keeper } from "../../src/receipts/keeper.ts";
import { register } from "../../src/receipts/server.ts";
import { Store } from "../../src/receipts/store.ts";
import { CODE } from "./samples.ts";

const answer = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });

beforeEach(() => vi.stubGlobal("navigator", { userAgent: "Linux" }));
afterEach(() => vi.unstubAllGlobals());

/** A device that is online, whose server says that of a code. */
async function online(name: string, marks: () => Response): Promise<Keeper> {
  const store = await Store.open(name);
  vi.stubGlobal("fetch", async () => answer(201, { id: "key" }));
  await register(store, "ada");
  vi.stubGlobal("fetch", async (path: string) => (path.endsWith("/marks") ? marks() : answer(403, {})));
  const keeper = new Keeper(store, () => undefined);
  keeper.person = "ada";
  keeper.link = "online";
  return keeper;
}

test("a code of another server is signed and kept, although this one answers", async () => {
  const keeper = await online("elsewhere", () => answer(409, { type: "/problems/code-elsewhere", detail: "Not here." }));
  const outcome = await keeper.scanned(CODE);
  expect(outcome).toMatchObject({ kept: { code: CODE, progress: "waiting" } });
});

test("what the server refuses itself is not kept", async () => {
  const keeper = await online("expired", () => answer(409, { type: "/problems/code-expired", detail: "Scan again." }));
  expect(await keeper.scanned(CODE)).toMatchObject({ told: { result: "refused", reason: "code-expired" } });
});
