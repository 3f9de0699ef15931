/** The public keys whose credentials are taken, from a JSON Web Key Set (RFC 7517, 8037). */

import { fromBase64Url, toBase64Url } from "../lib/base64.ts";
import { isSound } from "./ed25519.ts";

export type KeySetProblem = "format" | "type" | "id" | "key";

/** Thrown for a set in which one key is not as it should be. */
export class BadKeySet extends Error {
  readonly problem: KeySetProblem;

  constructor(problem: KeySetProblem) {
    super(`the key set is refused: ${problem}`);
    this.name = "BadKeySet";
    this.problem = problem;
  }
}

/** Keys by name; a name may stand for several. */
export class KeySet {
  readonly #keys = new Map<string, Uint8Array<ArrayBuffer>[]>();

  /** Reads a key set as it was parsed from JSON. */
  static fromJson(set: unknown): KeySet {
    const keys = member(set, "keys");
    if (!Array.isArray(keys)) {
      throw new BadKeySet("format");
    }
    const own = new KeySet();
    for (const key of keys as unknown[]) {
      own.#add(key);
    }
    return own;
  }

  /** The keys of this name. */
  named(id: Uint8Array): readonly Uint8Array<ArrayBuffer>[] {
    return this.#keys.get(hex(id)) ?? [];
  }

  #add(key: unknown): void {
    if (member(key, "kty") !== "OKP" || member(key, "crv") !== "Ed25519") {
      throw new BadKeySet("type");
    }
    const id = member(key, "kid");
    if (typeof id !== "string" || !/^[0-9a-f]{16}$/.test(id)) {
      throw new BadKeySet("id");
    }
    const x = member(key, "x");
    if (typeof x !== "string" || !/^[A-Za-z0-9_-]{43}$/.test(x)) {
      throw new BadKeySet("key");
    }
    const point = fromBase64Url(x);
    if (toBase64Url(point) !== x || !isSound(point)) {
      throw new BadKeySet("key");
    }
    this.#keys.set(id, [...(this.#keys.get(id) ?? []), point]);
  }
}

/** Bytes in lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function member(of: unknown, name: string): unknown {
  return typeof of === "object" && of !== null ? (of as Record<string, unknown>)[name] : undefined;
}
