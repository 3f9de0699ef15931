/**
 * Verifies a scanned credential on the device, with no network: what it says, or why it is
 * refused. The verifier's screen and its offline pack call this; whether the credential is still
 * wanted, and here and now, is the pack's and the verification rule's to say.
 */

import { decodeDigits } from "./digits.ts";
import { type Method, byScript, hasSigned, native } from "./ed25519.ts";
import { type Envelope, readEnvelope } from "./envelope.ts";
import type { KeySet } from "./keys.ts";
import { digitsOf } from "./link.ts";
import { type Claims, readClaims } from "./payload.ts";
import { type Refusal, Refused } from "./refusal.ts";

export type Outcome = { readonly claims: Claims } | { readonly refusal: Refusal };

let found: Promise<Method> | undefined;

/** Reads what was scanned and verifies it. */
export async function verify(text: string, keys: KeySet, method?: Method): Promise<Outcome> {
  try {
    const envelope = readEnvelope(decodeDigits(digitsOf(text)));
    const claims = readClaims(envelope.payload);
    const refusal = await unsigned(envelope, keys, method);
    return refusal === null ? { claims } : { refusal };
  } catch (error) {
    if (error instanceof Refused) {
      return { refusal: error.refusal };
    }
    throw error;
  }
}

/** Why no key of these has signed the message; null where one has. */
export async function unsigned(
  { key, signed, signature }: Envelope,
  keys: KeySet,
  method?: Method,
): Promise<Refusal | null> {
  const named = keys.named(key);
  if (named.length === 0) {
    return "unknown-key";
  }
  const by = method ?? (await (found ??= native().then((own) => own ?? byScript)));
  for (const own of named) {
    if (await hasSigned(own, signature, signed, by)) {
      return null;
    }
  }
  return "forged";
}
