/** What a credential says: whom it admits to what, and when. A CWT claims set of five claims. */

import { fromBase64Url, toBase64Url } from "../lib/base64.ts";
import { ARRAY, BYTES, MAP, NEGATIVE, Reader, TEXT, UNSIGNED } from "./cbor.ts";
import { Refused } from "./refusal.ts";

export type Kind = "docket" | "pass" | "badge";

export interface Claims {
  readonly kind: Kind;
  /** The last eight bytes of the id of what it admits to: an assessment, an event. */
  readonly scope: Uint8Array<ArrayBuffer>;
  /** The last eight bytes of the id of whom it admits. */
  readonly holder: Uint8Array<ArrayBuffer>;
  /** The first second in which it is valid, since 1970 UTC. */
  readonly notBefore: number;
  /** The first second in which it is no longer valid. */
  readonly expires: number;
  /** Which one it is; a pack lists SHA-256 of it. */
  readonly cti: Uint8Array<ArrayBuffer>;
}

const KINDS: readonly (Kind | undefined)[] = [undefined, "docket", "pass", "badge"];

/** Reads claims, refusing every spelling but one. */
export function readClaims(bytes: Uint8Array<ArrayBuffer>): Claims {
  const reader = new Reader(bytes);
  reader.expect(MAP, 5, "claims");
  reader.expect(UNSIGNED, 2, "claims");
  const holder = fromText(reader.string(TEXT));
  reader.expect(UNSIGNED, 4, "claims");
  const expires = reader.number(UNSIGNED);
  reader.expect(UNSIGNED, 5, "claims");
  const notBefore = reader.number(UNSIGNED);
  reader.expect(UNSIGNED, 7, "claims");
  const cti = exactly(16, reader.string(BYTES));
  reader.expect(NEGATIVE, 65_536, "claims");
  reader.expect(ARRAY, 2, "claims");
  const kind = KINDS[reader.number(UNSIGNED)];
  if (kind === undefined) {
    throw new Refused("kind");
  }
  const scope = exactly(8, reader.string(BYTES));
  exactly(8, holder);
  if (notBefore >= expires) {
    throw new Refused("validity");
  }
  reader.end();
  return { kind, scope, holder, notBefore, expires, cti };
}

/** Base64url in its one spelling. */
function fromText(text: Uint8Array): Uint8Array<ArrayBuffer> {
  const letters = String.fromCharCode(...text.subarray(0, 16));
  if (text.length > 16 || !/^[A-Za-z0-9_-]*$/.test(letters) || letters.length % 4 === 1) {
    throw new Refused("id");
  }
  const bytes = fromBase64Url(letters);
  if (toBase64Url(bytes) !== letters) {
    throw new Refused("id");
  }
  return bytes;
}

function exactly(length: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length !== length) {
    throw new Refused("id");
  }
  return bytes;
}
