/**
 * The signed message: COSE_Sign1 (RFC 9052, tag 18) with Ed25519 (algorithm -19). One header for each
 * purpose and one spelling; anything else is refused, critical headers among it.
 */

import { ARRAY, BYTES, MAP, NEGATIVE, Reader, TAG, TEXT, UNSIGNED, concat, string } from "./cbor.ts";
import { Refused } from "./refusal.ts";

export interface Envelope {
  /** The name of the key that signed it; several keys may have that name. */
  readonly key: Uint8Array<ArrayBuffer>;
  readonly payload: Uint8Array<ArrayBuffer>;
  /** What the signature covers. */
  readonly signed: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}

/** What an offline pack's header says that it is; a credential's says nothing. */
export const PACK = "application/muster-pack+json";

/** Reads a message: a credential's, or one whose header names what it is. */
export function readEnvelope(bytes: Uint8Array<ArrayBuffer>, content: string | null = null): Envelope {
  const reader = new Reader(bytes);
  reader.expect(TAG, 18, "envelope");
  reader.expect(ARRAY, 4, "envelope");
  const header = reader.string(BYTES);
  const key = readHeader(header, content);
  reader.expect(MAP, 0, "header");
  const payload = reader.string(BYTES);
  const signature = reader.string(BYTES);
  if (signature.length !== 64) {
    throw new Refused("envelope");
  }
  reader.end();
  return { key, payload, signed: signedBytes(header, payload), signature };
}

function readHeader(bytes: Uint8Array<ArrayBuffer>, content: string | null): Uint8Array<ArrayBuffer> {
  const reader = new Reader(bytes);
  reader.expect(MAP, content === null ? 2 : 3, "header");
  reader.expect(UNSIGNED, 1, "header");
  reader.expect(NEGATIVE, 18, "algorithm");
  if (content !== null) {
    reader.expect(UNSIGNED, 3, "header");
    if (new TextDecoder().decode(reader.string(TEXT)) !== content) {
      throw new Refused("header");
    }
  }
  reader.expect(UNSIGNED, 4, "header");
  const key = reader.string(BYTES);
  if (key.length !== 8) {
    throw new Refused("header");
  }
  reader.end();
  return key;
}

/** The context, the headers, no external data, the payload. */
function signedBytes(header: Uint8Array, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const context = new TextEncoder().encode("Signature1");
  const parts = [header, new Uint8Array(), payload].map((part) => string(BYTES, part));
  return concat(Uint8Array.of((ARRAY << 5) + 4), string(TEXT, context), ...parts);
}
