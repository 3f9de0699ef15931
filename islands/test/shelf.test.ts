import { expect, test, vi } from "vitest";
import { answer, role, sweep, type Version } from "../src/lib/shelf.ts";

const version: Version = {
  name: "2",
  assets: ["/assets/app-1.css"],
  offline: "/offline",
  apps: [
    { page: "/verify/device", instead: ["/verify"] },
    { page: "/mark/device", instead: ["/mark", "/c"] },
  ],
  extras: ["/assets/scan-1.wasm"],
};
const at = (path: string, mode = "cors", method = "GET") => ({
  url: `https://muster.example${path}`,
  mode,
  method,
});

test.each([
  ["a page", at("/people", "navigate"), "page"],
  ["an asset", at("/assets/app-1.css", "no-cors"), "asset"],
  ["an asset of another version", at("/assets/app-0.css"), "network"],
  ["the verifier's app", at("/verify/device", "navigate"), "app"],
  ["the student's app", at("/mark/device", "navigate"), "app"],
  ["what reads codes", at("/assets/scan-1.wasm"), "extra"],
  ["a photo", at("/people/1/photo", "no-cors"), "network"],
  ["an answer of the interface", at("/api/v1/me"), "network"],
  ["a form", at("/mark", "navigate", "POST"), "network"],
])("%s is answered by the right one", (_, asked, expected) => {
  expect(role(asked, version)).toBe(expected);
});

/** Caches with one answer each, by name and address. */
function caches(kept: Record<string, Record<string, string>>): CacheStorage {
  const path = (address: string) => new URL(address, "https://muster.example").pathname;
  return {
    keys: async () => Object.keys(kept),
    delete: async (name: string) => delete kept[name],
    open: async (name: string) => ({
      match: async (address: string) => {
        const found = kept[name]?.[path(address)];
        return found === undefined ? undefined : new Response(found);
      },
      put: async (address: string, answer: Response) => {
        kept[name] = { ...kept[name], [path(address)]: await answer.text() };
      },
    }),
  } as unknown as CacheStorage;
}

const page = at("/people", "navigate") as unknown as Request;

test("a page comes from the server and is not kept", async () => {
  const ask = vi.fn(async () => new Response("people"));
  const shelves = caches({ "muster-2": { "/offline": "away" } });
  const shown = await answer(shelves, version, page, ask);
  expect(await shown?.text()).toBe("people");
});

test("the offline page stands in while the server is away", async () => {
  const ask = async () => Promise.reject(new TypeError("no network"));
  const shelves = caches({ "muster-2": { "/offline": "away" } });
  const shown = await answer(shelves, version, page, ask);
  expect(await shown?.text()).toBe("away");
});

test("a verifier's page that is out of reach is the app, which opens without asking anybody", async () => {
  const ask = vi.fn(async () => Promise.reject(new TypeError("no network")));
  const shelves = caches({ "muster-2": { "/offline": "away", "/verify/device": "app" } });
  const gate = at("/verify/17", "navigate") as unknown as Request;
  expect(await (await answer(shelves, version, gate, ask))?.text()).toBe("app");
  expect(ask).toHaveBeenCalledOnce();
  const app = at("/verify/device", "navigate") as unknown as Request;
  expect(await (await answer(shelves, version, app, ask))?.text()).toBe("app");
  expect(ask).toHaveBeenCalledOnce();
});

test.each(["/C/ABC", "/c/abc", "/mark", "/mark?from=menu"])("the code of a class that is out of reach opens the student's app: %s", async (path) => {
  const ask = async () => Promise.reject(new TypeError("no network"));
  const shelves = caches({ "muster-2": { "/offline": "away", "/mark/device": "student" } });
  const shown = await answer(shelves, version, at(path, "navigate") as unknown as Request, ask);
  expect(await shown?.text()).toBe("student");
});

test("a page whose name only begins alike is not the app's", async () => {
  const ask = async () => Promise.reject(new TypeError("no network"));
  const shelves = caches({ "muster-2": { "/offline": "away", "/mark/device": "student" } });
  const shown = await answer(shelves, version, at("/classes/1", "navigate") as unknown as Request, ask);
  expect(await shown?.text()).toBe("away");
});

test("what reads codes is kept once it was asked for", async () => {
  const ask = vi.fn(async () => new Response("program"));
  const shelves = caches({ "muster-2": {} });
  const asked = at("/assets/scan-1.wasm") as unknown as Request;
  for (const _ of [1, 2]) {
    expect(await (await answer(shelves, version, asked, ask))?.text()).toBe("program");
  }
  expect(ask).toHaveBeenCalledOnce();
});

test("without an offline page the error is the browser's", async () => {
  const ask = async () => Promise.reject(new TypeError("no network"));
  await expect(answer(caches({}), version, page, ask)).rejects.toThrow("no network");
});

test("shelves of other versions go, and those of others stay", async () => {
  const kept = { "muster-1": {}, "muster-2": {}, elsewhere: {} };
  await sweep(caches(kept), version);
  expect(Object.keys(kept)).toEqual(["muster-2", "elsewhere"]);
});
