/** Bytes as decimal digits: 7 bytes are 17 digits, a last group of fewer bytes has fewer. */

import { Refused } from "./refusal.ts";

/** Digits of a group, by its bytes. */
const WIDTHS = [0, 3, 5, 8, 10, 13, 15, 17];

/** The bytes of these digits; each byte string has one spelling. */
export function decodeDigits(digits: string): Uint8Array<ArrayBuffer> {
  if (digits === "") {
    throw new Refused("digits-empty");
  }
  if (!/^[0-9]+$/.test(digits)) {
    throw new Refused("digits-character");
  }
  const bytes: number[] = [];
  for (let at = 0; at < digits.length; at += 17) {
    bytes.push(...group(digits.slice(at, at + 17)));
  }
  return Uint8Array.from(bytes);
}

function group(digits: string): number[] {
  const length = WIDTHS.indexOf(digits.length);
  if (length < 0) {
    throw new Refused("digits-length");
  }
  const value = BigInt(digits);
  if (value >> BigInt(8 * length) !== 0n) {
    throw new Refused("digits-overflow");
  }
  return Array.from({ length }, (_, at) => Number((value >> BigInt(8 * (length - 1 - at))) & 255n));
}

/** The digits of these bytes. */
export function encodeDigits(bytes: Uint8Array): string {
  let digits = "";
  for (let at = 0; at < bytes.length; at += 7) {
    const own = bytes.subarray(at, at + 7);
    const value = own.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    digits += value.toString().padStart(WIDTHS[own.length] ?? 17, "0");
  }
  return digits;
}
