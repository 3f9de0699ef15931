/** Opens what a pack seals: 01, twelve bytes of nonce, and AES-256-GCM's text and tag. */
import { fromBase64Url } from "../lib/base64.ts";

const VERSION = 1;
const NONCE = 12;
const INFO = new TextEncoder().encode("muster pack 1");
const NAMES = new TextEncoder().encode("muster pack names 1");

/** Whom a credential names, and their photo where the pack has it. */
export interface Content {
  readonly names: readonly string[];
  readonly number?: string;
  readonly programme?: string;
  readonly photo?: string;
  readonly photo_type?: string;
}

/** A line of the list of names: the record, who is on it, and their number where they have one. */
export type NameLine = readonly [string, readonly string[], string?];

/** Opens name and photo by the credential itself: its cti, and the digest of that by which it is found. */
export async function openContent(
  cti: Uint8Array<ArrayBuffer>,
  k: string,
  sealed: string,
): Promise<Content | null> {
  const secret = await crypto.subtle.importKey("raw", cti, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: INFO };
  const key = await crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
  return (await open(key, fromBase64Url(k), sealed)) as Content | null;
}

/** Opens the names of a point's records. */
export async function openNames(
  key: CryptoKey,
  point: string,
  sealed: string,
): Promise<readonly NameLine[]> {
  const bytes = point.replaceAll("-", "").match(/../g) ?? [];
  const place = Uint8Array.from([...NAMES, ...bytes.map((pair) => parseInt(pair, 16))]);
  return ((await open(key, place, sealed)) ?? []) as NameLine[];
}

/** The key that opens names, as the server tells it once. */
export function namesKey(text: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", fromBase64Url(text), "AES-GCM", false, ["decrypt"]);
}

async function open(key: CryptoKey, place: Uint8Array<ArrayBuffer>, sealed: string): Promise<unknown> {
  if (sealed === "") return null;
  try {
    const bytes = fromBase64Url(sealed);
    if (bytes[0] !== VERSION) return null;
    const iv = bytes.subarray(1, 1 + NONCE);
    const how = { name: "AES-GCM", iv, additionalData: place };
    const plain = await crypto.subtle.decrypt(how, key, bytes.subarray(1 + NONCE));
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    // Sealed for somebody else, or damaged: without it the verdict still stands.
    return null;
  }
}
