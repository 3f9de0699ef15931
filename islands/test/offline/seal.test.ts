import { expect, test } from "vitest";
import offline from "../../../crates/domain/vectors/offline.json";
import { toBase64Url } from "../../src/lib/base64.ts";
import { judge } from "../../src/offline/judge.ts";
import type { Pack } from "../../src/offline/model.ts";
import { find, NOBODY } from "../../src/offline/names.ts";
import { PackIndex } from "../../src/offline/pack-index.ts";
import type { Payload } from "../../src/offline/payload.ts";
import { namesKey, openContent } from "../../src/offline/seal.ts";
import { POINT, payload } from "./samples.ts";

const CTI = new Uint8Array(16).fill(7);
const text = (words: string) => new TextEncoder().encode(words);

/** Seals as the contract says. */
async function seal(key: CryptoKey, place: Uint8Array<ArrayBuffer>, content: unknown): Promise<string> {
  const iv = new Uint8Array(12).fill(3);
  const how = { name: "AES-GCM", iv, additionalData: place };
  const sealed = await crypto.subtle.encrypt(how, key, text(JSON.stringify(content)));
  return toBase64Url(Uint8Array.from([1, ...iv, ...new Uint8Array(sealed)]));
}

test("a name opens for the credential that is presented, and for no other", async () => {
  const secret = await crypto.subtle.importKey("raw", CTI, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: text("muster pack 1") };
  const key = await crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", CTI));
  const k = toBase64Url(digest);
  const sealed = await seal(key, digest, { names: ["Asha"] });
  expect(await openContent(CTI, k, sealed)).toEqual({ names: ["Asha"] });
  expect(await openContent(new Uint8Array(16).fill(8), k, sealed)).toBeNull();
  expect(await openContent(CTI, toBase64Url(new Uint8Array(32)), sealed)).toBeNull();
  expect(await openContent(CTI, k, "")).toBeNull();
});

const RAW = new Uint8Array(32).fill(9);
const opens = namesKey(toBase64Url(RAW));

/** The list of names of a point, for the device with that key. */
async function listed(point: string, lines: unknown): Promise<string> {
  const key = await crypto.subtle.importKey("raw", RAW, "AES-GCM", false, ["encrypt"]);
  const bytes = point.replaceAll("-", "").match(/../g) ?? [];
  const place = Uint8Array.from([...text("muster pack names 1"), ...bytes.map((pair) => parseInt(pair, 16))]);
  return seal(key, place, lines);
}

test("the list names whom another node's credential admits, unless that was replaced", async () => {
  const { pack, scans } = offline;
  const [first] = scans.filter((scan) => scan.verdict === "admit");
  const [replaced] = scans.filter((scan) => scan.verdict === "superseded");
  const lines = pack.records.map(({ id }) => [id, ["Asha Nair"], "S-7"]);
  const records = pack.records.map((record) => ({ ...record, sealed: "" }));
  const content = { ...pack, records, names: await listed(pack.point.id, lines) } as unknown as Payload;
  const lookups = new PackIndex();
  await lookups.take(content, await opens);
  const books = { pack: { ...content, issuedAt: pack.issued_at } as unknown as Pack, lookups, scansOf: async () => [] };
  const shown = async (scan = first) => {
    const wish = { offer: { credential: scan?.credential ?? "" }, direction: "entry", count: 1, at: scan?.at ?? 0 } as const;
    return judge(books, wish, NOBODY, String);
  };
  expect(await shown()).toMatchObject({ verdict: "admit", names: ["Asha Nair"], about: expect.stringContaining("S-7") });
  expect(await shown(replaced)).toMatchObject({ verdict: "superseded", names: [] });
});

test("a later list replaces what an earlier one says of a record", async () => {
  const index = new PackIndex();
  await index.take(payload("ab", { names: await listed(POINT.id, [["r-a", ["Asha Nair"]], ["r-b", ["José Pérez"]]]) }), await opens);
  await index.take(payload("a", { whole: false, names: await listed(POINT.id, [["r-a", ["Asha Menon"]]]) }), await opens);
  const { names } = index;
  expect(find(names, "nair")).toEqual([]);
  expect(find(names, "menon ASHA")).toEqual([{ record: "r-a", names: ["Asha Menon"], number: "" }]);
  expect(find(names, "perez jose")).toHaveLength(1);
  expect(find(names, " ")).toEqual([]);
});
