import { beforeAll, describe, expect, test, vi } from "vitest";
import credentials from "../../../crates/credential/vectors/credential.json";
import vectors from "../../../crates/credential/vectors/pack.json";
import { decodeDigits } from "../../src/credential/digits.ts";
import { readEnvelope } from "../../src/credential/envelope.ts";
import { hex } from "../../src/credential/keys.ts";
import { digitsOf } from "../../src/credential/link.ts";
import { Refused } from "../../src/credential/refusal.ts";
import { toBase64Url } from "../../src/lib/base64.ts";
import { BadPack, type Opened, openPack, verified } from "../../src/offline/payload.ts";
import { namesKey, openContent, openNames } from "../../src/offline/seal.ts";
import { type Chance, cases, fromHex, mutated, mutatedText } from "../fuzzing.ts";
import { POINT, payload } from "./samples.ts";
import { KEYS, signed } from "./signing.ts";

// Busy machines take their time for thousands of signatures.
vi.setConfig({ testTimeout: 60_000 });

const DEVICE = "device";
const own = JSON.stringify(payload("abcdef"));
/** Signed for this phone, and for others. */
const TEXTS = [own, JSON.stringify(payload("a", { whole: false })), JSON.stringify(payload("ab", { device: "another" })), vectors.content];
const CREDENTIALS = credentials.credentials.filter((one) => one.outcome === "ok").map((one) => decodeDigits(digitsOf(one.text)));

let packs: Uint8Array<ArrayBuffer>[];
/** What was signed, by the bytes of the message. */
let genuine: Map<string, string>;

beforeAll(async () => {
  packs = await Promise.all(TEXTS.map(signed));
  genuine = new Map(packs.map((pack, at) => [hex(pack), TEXTS[at] ?? ""]));
});

/** What is in a pack; null if it is refused as one. */
async function opened(bytes: Uint8Array<ArrayBuffer>): Promise<Opened | null> {
  try {
    return await openPack(bytes, KEYS, DEVICE, POINT.id);
  } catch (error) {
    if (error instanceof BadPack) return null;
    throw error;
  }
}

test("packs of these tests are signed as the server signs", async () => {
  expect(hex(await signed(vectors.content))).toBe(vectors.pack);
  expect((await opened(await signed(own)))?.text).toBe(own);
});

describe("no pack is used but what was signed", () => {
  test("of mutated bytes", async () => {
    await cases(2_500, async (chance) => {
      const bytes = mutated(chance, packs);
      const found = await opened(bytes);
      if (found) expect(found.text).toBe(genuine.get(hex(bytes)));
    });
  });

  test("of bytes that were cut off anywhere", async () => {
    const [whole] = packs;
    for (let length = 0; length < (whole?.length ?? 0); length++) {
      expect(await opened(whole!.slice(0, length)), `${length} bytes`).toBeNull();
    }
  });

  test("of another phone, or of another point", async () => {
    const [whole] = packs;
    await expect(openPack(whole!, KEYS, "another", POINT.id)).rejects.toThrow(BadPack);
    await expect(openPack(whole!, KEYS, DEVICE, "elsewhere")).rejects.toThrow(BadPack);
  });
});

test("neither is a pack a credential, nor a credential a pack, whatever became of them", async () => {
  await cases(1_500, async (chance) => {
    const all = [...packs, ...CREDENTIALS];
    const bytes = mutated(chance, all);
    let credential = true;
    try {
      readEnvelope(bytes);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      credential = false;
    }
    let pack = true;
    try {
      await verified(bytes, KEYS);
    } catch (error) {
      if (!(error instanceof BadPack)) throw error;
      pack = false;
    }
    expect(credential && pack, hex(bytes)).toBe(false);
  });
});

describe("what is sealed opens as it was, or not at all", () => {
  /** Seals that were altered, as bytes and as texts. */
  const seals = (chance: Chance, good: string): string =>
    chance.below(2) === 0 ? toBase64Url(mutated(chance, [fromHex(good)])) : mutatedText(chance, [toBase64Url(fromHex(good))], [..."Az09-_=+/ é"]);

  test("for a credential", async () => {
    const { cti, k, sealed, content } = vectors.sealed;
    await cases(1_000, async (chance) => {
      const found = await openContent(fromHex(cti), toBase64Url(fromHex(k)), seals(chance, sealed));
      if (found !== null) expect(found).toEqual(JSON.parse(content));
    });
  });

  test("for a phone", async () => {
    const { key, point, sealed, content } = vectors.names;
    const opens = await namesKey(toBase64Url(fromHex(key)));
    const whole: unknown = JSON.parse(content);
    await cases(1_000, async (chance) => {
      const found = await openNames(opens, point, seals(chance, sealed));
      if (found.length > 0) expect(found).toEqual(whole);
    });
  });
});
