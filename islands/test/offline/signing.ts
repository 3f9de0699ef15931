/** Packs as the server signs them, by the key of the vectors. */
import credentials from "../../../crates/credential/vectors/credential.json";
import vectors from "../../../crates/credential/vectors/pack.json";
import { BYTES, TEXT, concat, string } from "../../src/credential/cbor.ts";
import { PACK } from "../../src/credential/envelope.ts";
import { fromHex } from "../fuzzing.ts";

/** The key set that phones know. */
export const KEYS = vectors.keys;

/** What a key's seed begins with in PKCS #8. */
const PKCS8 = fromHex("302e020100300506032b657004220420");

const OWN = credentials.keys.find(({ id }) => id === KEYS.keys[0]?.kid);

/** A signed pack with this text inside. */
export async function signed(content: string): Promise<Uint8Array<ArrayBuffer>> {
  const header = concat(fromHex("a3013203"), text(PACK), fromHex(`0448${OWN?.id}`));
  const [outer, inner] = [string(BYTES, header), string(BYTES, bytes(content))];
  const covered = concat(Uint8Array.of(0x84), text("Signature1"), outer, Uint8Array.of(0x40), inner);
  const signature = await crypto.subtle.sign("Ed25519", await signingKey(), covered);
  return concat(fromHex("d284"), outer, Uint8Array.of(0xa0), inner, string(BYTES, new Uint8Array(signature)));
}

/** The key as it follows from its secret. */
async function signingKey(): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey("raw", fromHex(OWN?.secret ?? ""), "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: bytes("muster signing seed 1") };
  const seed = new Uint8Array(await crypto.subtle.deriveBits(how, secret, 256));
  return crypto.subtle.importKey("pkcs8", concat(PKCS8, seed), "Ed25519", false, ["sign"]);
}

const bytes = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content);
const text = (content: string): Uint8Array => string(TEXT, bytes(content));
