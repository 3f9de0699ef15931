import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { makeKey } from "../../src/offline/keys.ts";
import type { Device } from "../../src/offline/model.ts";
import { Away, Server } from "../../src/offline/server.ts";
import { POINT, cutAfter } from "./samples.ts";

/** What a server says that is well. */
const SAID: readonly (readonly [RegExp, unknown])[] = [
  [/\/challenges$/, { challenge: "one" }],
  [/\/tokens$/, { access_token: "token", expires_in: 900, now_us: 0 }],
  [/\/me$/, { name: "Gate", person: { name: "Ravi" }, points: [], keys: { keys: [] } }],
  [/\/redemptions$/, { verdict: "admit" }],
  [/\/batch$/, { items: [] }],
];

let server: Server;
/** What becomes of the body of an answer. */
let fate: (url: string, body: string) => BodyInit;

beforeEach(async () => {
  const Absolute = class extends Request {
    constructor(path: string, init: RequestInit) {
      super(new URL(path, "https://muster.test"), init);
    }
  };
  vi.stubGlobal("Request", Absolute);
  vi.stubGlobal("fetch", async ({ url }: Request) => {
    const [, said] = SAID.find(([path]) => path.test(url)) ?? [];
    return new Response(fate(url, JSON.stringify(said)));
  });
  const { key } = await makeKey();
  server = new Server({ id: "device", key } as Device, async () => 0, () => undefined);
});

afterEach(() => vi.unstubAllGlobals());

const half = (body: string): string => body.slice(0, body.length / 2);

describe.each([
  ["is cut in the middle", (body: string): BodyInit => cutAfter(new TextEncoder().encode(half(body)))],
  ["ends in the middle", half],
  ["is a page of the network", (): BodyInit => "<h1>Welcome</h1>"],
])("an answer that %s is none", (_, accident) => {
  test.each([
    ["a challenge", /\/challenges$/, () => server.pack(POINT.id, null, false)],
    ["a token", /\/tokens$/, () => server.pack(POINT.id, null, false)],
    ["the device", /\/me$/, () => server.me()],
    ["a verdict", /\/redemptions$/, () => server.redeem({}, new AbortController().signal)],
    ["what became of scans", /\/batch$/, () => server.batch([], 0)],
  ] as const)("of %s", async (_, path, ask) => {
    fate = (url, body) => (path.test(url) ? accident(body) : body);
    await expect(ask()).rejects.toThrow(Away);
    // The same may be tried again.
    fate = (_, body) => body;
    await expect(ask()).resolves.toBeDefined();
  });
});
