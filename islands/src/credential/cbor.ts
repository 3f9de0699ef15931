/**
 * The part of CBOR (RFC 8949) that credentials are made of, in its one deterministic spelling:
 * lengths in their shortest form, nothing indefinite, numbers up to 2^53 - 1.
 */

import { type Refusal, Refused } from "./refusal.ts";

/** The kinds of items, by the three bits that begin them. */
export const UNSIGNED = 0;
export const NEGATIVE = 1;
export const BYTES = 2;
export const TEXT = 3;
export const ARRAY = 4;
export const MAP = 5;
export const TAG = 6;

/** Reads items one after the other. */
export class Reader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  /** Refuses, with this reason, an item that begins otherwise. */
  expect(kind: number, value: number, otherwise: Refusal): void {
    const head = this.#head();
    if (head.kind !== kind || head.value !== value) {
      throw new Refused(otherwise);
    }
  }

  /** The number of an item of this kind. */
  number(kind: number): number {
    const head = this.#head();
    if (head.kind !== kind) {
      throw new Refused("cbor-type");
    }
    return head.value;
  }

  /** The content of a byte string, or the bytes of a text. */
  string(kind: number): Uint8Array<ArrayBuffer> {
    return this.#take(this.number(kind));
  }

  end(): void {
    if (this.#at !== this.#bytes.length) {
      throw new Refused("cbor-trailing");
    }
  }

  #head(): { kind: number; value: number } {
    const first = this.#take(1)[0] ?? 0;
    const kind = first >> 5;
    const small = first & 31;
    if (small < 24) {
      return { kind, value: small };
    }
    if (small > 27) {
      throw new Refused("cbor-indefinite");
    }
    const value = this.#take(2 ** (small - 24)).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const smallest = [24n, 1n << 8n, 1n << 16n, 1n << 32n][small - 24] ?? 0n;
    if (value < smallest) {
      throw new Refused("cbor-not-shortest");
    }
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new Refused("cbor-range");
    }
    return { kind, value: Number(value) };
  }

  #take(length: number): Uint8Array<ArrayBuffer> {
    if (length > this.#bytes.length - this.#at) {
      throw new Refused("cbor-truncated");
    }
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }
}

/** A byte string, or a text. */
export function string(kind: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat(head(kind << 5, bytes.length), bytes);
}

/** How an item of that length begins, in the shortest form. */
function head(kind: number, length: number): Uint8Array {
  if (length < 24) return Uint8Array.of(kind + length);
  if (length < 2 ** 8) return Uint8Array.of(kind + 24, length);
  if (length < 2 ** 16) return Uint8Array.of(kind + 25, length >> 8, length & 255);
  return Uint8Array.of(kind + 26, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255);
}

/** One byte string after the other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
