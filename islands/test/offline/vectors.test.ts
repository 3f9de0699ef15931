import { beforeAll, describe, expect, it, test } from "vitest";
import vectors from "../../../crates/credential/vectors/pack.json";
import gate from "../../../crates/domain/vectors/offline.json";
import hall from "../../../crates/domain/vectors/offline-hall.json";
import room from "../../../crates/domain/vectors/offline-room.json";
import { readEnvelope } from "../../src/credential/envelope.ts";
import { toBase64Url } from "../../src/lib/base64.ts";
import type { Device, Kept, Pack } from "../../src/offline/model.ts";
import { PackIndex } from "../../src/offline/pack-index.ts";
import { type Payload, verified } from "../../src/offline/payload.ts";
import { present } from "../../src/offline/presenting.ts";
import { namesKey, openContent, openNames } from "../../src/offline/seal.ts";
import { momentIn } from "../../src/offline/words.ts";

/** Where the institution of the vectors is. */
const ZONE = "UTC";

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
/** Vectors spell bytes in hexadecimal or base64url. */
const key = (text: string) => (/^([0-9a-f]{2})+$/.test(text) ? toBase64Url(bytes(text)) : text);

describe("packs are read as the server writes them", () => {
  it("a signed one", async () => {
    expect(await verified(bytes(vectors.pack), vectors.keys)).toBe(vectors.content);
  });

  it.each(vectors.refused.map((one) => [one.name, one.pack] as const))("not %s", async (_, pack) => {
    await expect(verified(bytes(pack), vectors.keys)).rejects.toThrow();
  });

  it("and never as a credential", () => {
    expect(() => readEnvelope(bytes(vectors.pack))).toThrow();
  });

  it("with a holder's name, for the credential alone", async () => {
    const { cti, k, sealed, content } = vectors.sealed;
    expect(await openContent(bytes(cti), key(k), key(sealed))).toEqual(JSON.parse(content));
  });

  it("with the names of its point, for the device alone", async () => {
    const { key: own, point, sealed, content } = vectors.names;
    expect(await openNames(await namesKey(key(own)), point, key(sealed))).toEqual(JSON.parse(content));
  });
});

describe.each([
  ["a gate", gate],
  ["a room", room],
  ["a hall", hall],
])("what a phone decides at %s is what the server decides", (_, offline) => {
  const payload = offline.pack as unknown as Payload;
  const scans = new Map<string, Kept>();
  const lookups = new PackIndex();
  const { issued_at: issuedAt, expires_at: expiresAt } = payload;
  const pack: Pack = { ...payload, issuedAt, expiresAt, mayOverride: false, withoutPhotos: false, first: 1, last: 1 };

  beforeAll(async () => lookups.take(payload, await namesKey(toBase64Url(new Uint8Array(32)))));

  // In order: what was admitted before is known afterwards.
  test.each(offline.scans.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    const desk = {
      device: { person: "invigilator", offset: 0 } as Device,
      point: pack.point,
      store: {
        scansOf: async (record: string) => [...scans.values()].filter((scan) => scan.record === record),
        keep: async (scan: Kept) => void scans.set(scan.nonce, scan),
      },
      pack,
      lookups,
      online: false,
      redeem: () => Promise.reject(new Error("there is no network")),
      away: () => undefined,
      moment: momentIn(ZONE),
      clock: () => one.at / 1000,
      alone: <T>(work: () => Promise<T>) => work(),
    };
    const direction = one.direction === "exit" ? "exit" : "entry";
    const wanted = { offer: { credential: one.credential }, direction, count: one.count, named: { names: [], number: "" } } as const;
    const outcome = await present(desk, wanted);
    if (!("kept" in outcome)) throw new Error("nothing was decided");
    expect(outcome.kept.verdict).toBe(one.verdict);
    // Of what the pack knows, in the same words.
    if (outcome.kept.record !== null && pack.point.kind !== "gate") expect(outcome.kept.sentence).toBe(one.detail);
  });
});
