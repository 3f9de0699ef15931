import { describe, expect, it } from "vitest";
import vectors from "../../crates/credential/vectors/credential.json";
import { decodeDigits, encodeDigits } from "../src/credential/digits.ts";
import { byScript, native } from "../src/credential/ed25519.ts";
import { BadKeySet, KeySet, hex } from "../src/credential/keys.ts";
import { readCode } from "../src/credential/readable.ts";
import { type Outcome, verify } from "../src/credential/verify.ts";

const sets = new Map(
  Object.entries(vectors.key_sets).map(([name, set]) => [name, KeySet.fromJson(set)]),
);

function said(outcome: Outcome): unknown {
  if ("refusal" in outcome) {
    return outcome.refusal;
  }
  const { kind, scope, holder, notBefore, expires, cti } = outcome.claims;
  const ids = { scope: hex(scope), holder: hex(holder), cti: hex(cti) };
  return { kind, ...ids, not_before: notBefore, expires };
}

const browser = await native();

describe("credentials are taken or refused as written", () => {
  it("has a browser's own method to try", () => {
    expect(browser).not.toBeNull();
  });

  describe.each([
    ["by the browser", browser ?? byScript],
    ["by script", byScript],
  ])("%s", (_, method) => {
    it.each(vectors.credentials.map((one) => [one.name, one] as const))("%s", async (_, one) => {
      const keys = sets.get(one.keys) ?? new KeySet();
      const wanted = one.outcome === "ok" ? one.claims : one.outcome;
      expect(said(await verify(one.text, keys, method))).toEqual(wanted);
    });
  });

  it("chooses a method by itself", async () => {
    const one = vectors.credentials[0];
    const keys = sets.get("ours") ?? new KeySet();
    expect(said(await verify(one?.text ?? "", keys))).toEqual(one?.claims);
  });
});

describe("key sets are refused as written", () => {
  it.each(vectors.bad_key_sets.map((one) => [one.name, one] as const))("%s", (_, one) => {
    let problem: unknown = null;
    try {
      KeySet.fromJson(one.set);
    } catch (error) {
      problem = error instanceof BadKeySet ? error.problem : error;
    }
    expect(problem).toBe(one.error);
  });
});

describe("bytes are digits as written", () => {
  it.each(vectors.digits.map((one) => [one.digits, one.bytes] as const))("%s", (digits, bytes) => {
    expect(hex(decodeDigits(digits))).toBe(bytes);
    expect(encodeDigits(decodeDigits(digits))).toBe(digits);
  });
});

describe("readable codes are read or refused as written", () => {
  it.each(vectors.readable.map((one) => [one.name, one] as const))("%s", (_, one) => {
    const wanted = one.code === undefined ? { error: one.error } : { code: one.code };
    expect(readCode(one.text)).toEqual(wanted);
  });
});

describe("an id's digest is what packs list", () => {
  it.each(vectors.issued.map((one) => [one.cti, one.cti_digest] as const))("%s", async (cti, digest) => {
    const bytes = Uint8Array.from(cti.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    expect(hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)))).toBe(digest);
  });
});
