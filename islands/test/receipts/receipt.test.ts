import { describe, expect, it, test } from "vitest";
import vectors from "../../../crates/credential/vectors/receipt.json";
import { bodyOf, hashOf, labelled, makeReceipt, NoReceipt, NOTHING, readReceipt, sessionOf } from "../../src/receipts/receipt.ts";
import { toBase64Url } from "../../src/lib/base64.ts";

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (some: Uint8Array) => Array.from(some, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Whether a key of the vectors has signed a receipt. */
async function isBy(jwk: JsonWebKey, text: string): Promise<boolean> {
  const ec = jwk.kty === "EC";
  const kind = ec ? { name: "ECDSA", namedCurve: "P-256" } : { name: "Ed25519" };
  const key = await crypto.subtle.importKey("jwk", jwk, kind, false, ["verify"]);
  const { body, signature } = readReceipt(text);
  return crypto.subtle.verify(ec ? { name: "ECDSA", hash: "SHA-256" } : kind, key, signature, labelled(body));
}

describe("receipts are written as the server reads them", () => {
  it.each(vectors.good.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    const said = { id: one.id, key: one.key_id, sequence: one.sequence, previous: toBase64Url(bytes(one.previous)), scannedAt: one.scanned_at, code: one.code, next: one.next };
    expect(hex(bodyOf(said))).toBe(one.signed);
    expect(readReceipt(one.receipt).said).toEqual(said);
    expect(await hashOf(bodyOf(said))).toBe(toBase64Url(bytes(one.hash)));
    expect(await isBy(one.key, one.receipt)).toBe(true);
  });

  it.each(vectors.forged.map((one) => [one.name, one] as const))("%s is nobody's", async (_, one) => {
    expect(await isBy(one.key, one.receipt)).toBe(false);
  });

  it.each(vectors.refused.map((one) => [one.name, one] as const))("%s is none", (_, one) => {
    expect(() => readReceipt(one.receipt)).toThrow(NoReceipt);
    try {
      readReceipt(one.receipt);
    } catch (error) {
      expect((error as NoReceipt).fault).toBe(one.error);
    }
  });
});

test("a device signs what it saw", async () => {
  const kind = { name: "ECDSA", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(kind, false, ["sign", "verify"]);
  const said = { ...readReceipt(vectors.good[0]?.receipt ?? "").said, previous: NOTHING };
  const { receipt, hash } = await makeReceipt(pair.privateKey, said);
  expect(readReceipt(receipt).said).toEqual(said);
  expect(hash).toBe(await hashOf(bodyOf(said)));
  const jwk = await crypto.subtle.exportKey("jwk", pair.publicKey);
  expect(await isBy(jwk, receipt)).toBe(true);
});

test("codes of one session say the same of it", () => {
  const { code, next } = readReceipt(vectors.good[1]?.receipt ?? "").said;
  expect(sessionOf(code)).toBe(sessionOf(next ?? ""));
});
