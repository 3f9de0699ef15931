/**
 * Strict Ed25519: by WebCrypto where the browser has it, otherwise by @noble/ed25519. What
 * implementations disagree on is settled before either is asked, and the fallback does the sum
 * without a cofactor, so that every device and the server judge a signature alike.
 */

import { Point } from "@noble/ed25519";
import { concat } from "./cbor.ts";

const PRIME = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
/** The numbers y of the points of small order. */
const SMALL_ORDER: readonly bigint[] = [
  0n,
  1n,
  PRIME - 1n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
];

export type Method = (
  key: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
) => Promise<boolean>;

/** Whether a point is spelled in its one way, and is not of small order. */
export function isSound(point: Uint8Array): boolean {
  const y = number(point) & ((1n << 255n) - 1n);
  return y < PRIME && !SMALL_ORDER.includes(y);
}

/** Whether the key has signed the message; the key is sound, the signature has 64 bytes. */
export async function hasSigned(
  key: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
  method: Method,
): Promise<boolean> {
  const sound = isSound(signature.subarray(0, 32)) && number(signature.subarray(32)) < ORDER;
  return sound && (await method(key, signature, message));
}

/** By the browser; none where it does not know Ed25519. */
export async function native(): Promise<Method | null> {
  try {
    await crypto.subtle.importKey("raw", PROBE, "Ed25519", false, ["verify"]);
    return byBrowser;
  } catch {
    return null;
  }
}

/** Keys as the browser took them, by the bytes that a key set holds. */
const imported = new WeakMap<Uint8Array, Promise<CryptoKey>>();

const byBrowser: Method = async (key, signature, message) => {
  try {
    const own = imported.get(key) ?? crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    imported.set(key, own);
    return await crypto.subtle.verify("Ed25519", await own, signature, message);
  } catch {
    // Some browsers refuse to import what is no point, others only never verify by it.
    imported.delete(key);
    return false;
  }
};

/** By script: R = S·B - h·A, compared as bytes. */
export const byScript: Method = async (key, signature, message) => {
  const r = signature.subarray(0, 32);
  const digest = await crypto.subtle.digest("SHA-512", concat(r, key, message));
  const h = number(new Uint8Array(digest)) % ORDER;
  let a: Point;
  try {
    a = Point.fromBytes(key);
  } catch {
    return false;
  }
  const s = number(signature.subarray(32));
  const right = Point.BASE.multiply(s, false).add(a.multiply(h, false).negate()).toBytes();
  return right.every((byte, at) => byte === r[at]);
};

/** The base point's key: public, and only asked for to see whether the browser takes one. */
const PROBE = Uint8Array.of(0x58, ...new Array<number>(31).fill(0x66));

/** A number, lowest byte first. */
function number(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
