import { describe, expect, test, vi } from "vitest";
import vectors from "../../crates/credential/vectors/credential.json";
import { decodeDigits, encodeDigits } from "../src/credential/digits.ts";
import { byScript, type Method, native } from "../src/credential/ed25519.ts";
import { BadKeySet, KeySet, hex } from "../src/credential/keys.ts";
import { digitsOf } from "../src/credential/link.ts";
import { readCode } from "../src/credential/readable.ts";
import { Refused } from "../src/credential/refusal.ts";
import { verify } from "../src/credential/verify.ts";
import { type Chance, cases, fromHex, mutated, mutatedText } from "./fuzzing.ts";

// Busy machines take their time for thousands of signatures.
vi.setConfig({ testTimeout: 60_000 });

const KEYS = KeySet.fromJson(vectors.key_sets.ours);
const SIGNED = vectors.credentials.filter((one) => one.outcome === "ok" && one.keys === "ours");
/** What each genuine one admits to, by its bytes. */
const GENUINE = new Map(SIGNED.map((one) => [hex(decodeDigits(digitsOf(one.text))), one.claims]));
const GOOD = [...GENUINE.keys()].map(fromHex);
/** Every reason that the server has a name for. */
const REASONS = new Set(vectors.credentials.map((one) => one.outcome));
/** What a camera may read where digits should be. */
const LETTERS = [..."0123456789", ..."0123456789", ..." \t\n#/?@:.-+eExX_", "٣", "ſ", "é", "\u{1f512}", "\ud800", "\0", "\u00a0", "MUSTER:", "https://", "/v#"];

/** Verifies a text; the reason if it is refused, and nothing but what was signed is admitted. */
async function judged(text: string, method: Method): Promise<string> {
  const outcome = await verify(text, KEYS, method);
  if ("refusal" in outcome) {
    expect(REASONS).toContain(outcome.refusal);
    return outcome.refusal;
  }
  const { kind, scope, holder, notBefore: not_before, expires, cti } = outcome.claims;
  const said = { kind, scope: hex(scope), holder: hex(holder), cti: hex(cti), not_before, expires };
  expect(said, "what is admitted was signed").toEqual(GENUINE.get(hex(decodeDigits(digitsOf(text)))));
  return "ok";
}

/** Judges so many mutants; the reasons for which they were refused. */
async function reasons(many: number, mutant: (chance: Chance) => string, method: Method): Promise<Set<string>> {
  const seen = new Set<string>();
  await cases(many, async (chance) => seen.add(await judged(mutant(chance), method)));
  return seen;
}

const bytesOf = (chance: Chance): string => `MUSTER:${encodeDigits(mutated(chance, GOOD))}`;
const textOf = (chance: Chance): string => mutatedText(chance, SIGNED.map((one) => one.text), LETTERS);
/** The message is whole, and its signature or what it covers is not. */
const signedOf = (chance: Chance): string => {
  const bytes = Uint8Array.from(chance.pick(GOOD));
  const at = bytes.length - 1 - chance.below(80);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8));
  return `MUSTER:${encodeDigits(bytes)}`;
};

describe("nothing but what was signed verifies", async () => {
  const browser = (await native()) ?? byScript;

  test("of mutated bytes", async () => {
    const seen = await reasons(2_500, bytesOf, browser);
    // Mutants come as far as the signature, and fail at each step before it.
    for (const reason of ["forged", "unknown-key", "envelope", "header", "algorithm", "claims", "kind", "id", "validity"]) expect(seen).toContain(reason);
    for (const reason of ["truncated", "not-shortest", "indefinite", "range", "type", "trailing"]) expect(seen).toContain(`cbor-${reason}`);
  });

  test("of mutated texts", async () => {
    const seen = await reasons(2_000, textOf, browser);
    for (const reason of ["not-ours", "digits-character", "digits-length", "digits-overflow"]) expect(seen).toContain(reason);
  });

  test("of mutated signatures, by the browser", async () => {
    expect(await reasons(600, signedOf, browser)).toContain("forged");
  });

  test("of mutated signatures, by script", async () => {
    expect(await reasons(150, signedOf, byScript)).toContain("forged");
  });
});

test("digits are bytes in one spelling, or refused", async () => {
  await cases(1_000, (chance) => {
    const bytes = chance.bytes(1 + chance.below(300));
    const digits = encodeDigits(bytes);
    expect(hex(decodeDigits(digits))).toBe(hex(bytes));
    const text = mutatedText(chance, [digits], [..."0123456789", "a", " "]);
    try {
      expect(encodeDigits(decodeDigits(text))).toBe(text);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  });
});

test("a readable code is read as it is printed, or refused", async () => {
  const good = vectors.readable.map((one) => one.text);
  await cases(2_000, (chance) => {
    const read = readCode(mutatedText(chance, good, LETTERS));
    if ("code" in read) expect(readCode(read.code)).toEqual(read);
    else expect(["length", "character", "check"]).toContain(read.error);
  });
});

test("a key set is taken, or refused as one", async () => {
  const sets = [...Object.values(vectors.key_sets), ...vectors.bad_key_sets.map((one) => one.set)].map((set) => JSON.stringify(set));
  const odd = [null, true, -1, 2 ** 60, "", "é", [], [[]], {}, { keys: 1 }, { length: 2 }];
  const letters = [..."Az09-_=+/ é"];
  let taken = 0;
  await cases(2_000, (chance) => {
    const set: unknown = JSON.parse(chance.pick(sets), (_, value: unknown) => {
      if (chance.below(12) > 0) return value;
      return typeof value === "string" ? mutatedText(chance, [value], letters) : chance.pick(odd);
    });
    try {
      KeySet.fromJson(set);
      taken++;
    } catch (error) {
      if (!(error instanceof BadKeySet)) throw error;
    }
  });
  expect(taken, "some are as good as before").toBeGreaterThan(0);
});
