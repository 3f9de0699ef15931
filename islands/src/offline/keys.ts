/** The key of a device: made here, used here, and never to be read. Ed25519, or P-256 in older browsers. */
import { toBase64Url } from "../lib/base64.ts";

/** A new key, and its public half as the server takes it. */
export async function makeKey(): Promise<{ key: CryptoKey; shown: JsonWebKey }> {
  const pair = await ed25519().catch(p256);
  return { key: pair.privateKey, shown: await crypto.subtle.exportKey("jwk", pair.publicKey) };
}

/** Signs a text by a device's key; base64url. */
export async function sign(key: CryptoKey, text: string): Promise<string> {
  return toBase64Url(await signBytes(key, new TextEncoder().encode(text)));
}

/** Signs bytes by a device's key. */
export async function signBytes(key: CryptoKey, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const how = key.algorithm.name === "ECDSA" ? { name: "ECDSA", hash: "SHA-256" } : key.algorithm.name;
  return new Uint8Array(await crypto.subtle.sign(how, key, bytes));
}

function ed25519(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]) as Promise<CryptoKeyPair>;
}

function p256(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
}
