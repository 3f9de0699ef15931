/** The offline receipt, byte by byte: the twin of `crates/credential/src/receipt.rs`. */
import { fromBase64Url, toBase64Url } from "../lib/base64.ts";
import { signBytes } from "../offline/keys.ts";

const LABEL = "muster receipt 1";
const VERSION = 1;
const CODE = 19;
const BODY = 1 + 16 + 16 + 8 + 32 + 8 + CODE + CODE;
const SIGNATURE = 64;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** What stands before the first receipt of a key. */
export const NOTHING = toBase64Url(new Uint8Array(32));

/** What a device says about a code that it saw. */
export interface Said {
  readonly id: string;
  readonly key: string;
  /** How many the key has signed with this one. */
  readonly sequence: number;
  /** The hash of the one before, in base64url. */
  readonly previous: string;
  /** By this device's clock, in microseconds since 1970. */
  readonly scannedAt: number;
  /** The 31 characters of the code. */
  readonly code: string;
  readonly next: string | null;
}

/** A receipt as it is sent, and what the next one names as the one before. */
export interface Made {
  readonly receipt: string;
  readonly hash: string;
}

/** Why a text is no receipt; the names are those of the vectors. */
export class NoReceipt extends Error {
  override readonly name = "NoReceipt";
  constructor(readonly fault: "characters" | "length" | "version" | "sequence" | "code" | "next") {
    super(`no receipt: ${fault}`);
  }
}

/** The bytes that are signed. */
export function bodyOf(said: Said): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BODY);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  bytes.set(uuid(said.id), 1);
  bytes.set(uuid(said.key), 17);
  view.setBigUint64(33, BigInt(said.sequence));
  bytes.set(fromBase64Url(said.previous), 41);
  view.setBigInt64(73, BigInt(said.scannedAt));
  bytes.set(codeBytes(said.code), 81);
  if (said.next !== null) bytes.set(codeBytes(said.next), 100);
  return bytes;
}

/** Signs what this device saw. */
export async function makeReceipt(key: CryptoKey, said: Said): Promise<Made> {
  const body = bodyOf(said);
  const signature = await signBytes(key, labelled(body));
  return { receipt: toBase64Url(joined(body, signature)), hash: await hashOf(body) };
}

/** Reads a receipt; whose it is, its signature says. */
export function readReceipt(text: string): { said: Said; body: Uint8Array<ArrayBuffer>; signature: Uint8Array<ArrayBuffer> } {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) throw new NoReceipt("characters");
  const bytes = fromBase64Url(text);
  if (toBase64Url(bytes) !== text) throw new NoReceipt("characters");
  if (bytes.length !== BODY + SIGNATURE) throw new NoReceipt("length");
  const [body, signature] = [bytes.slice(0, BODY), bytes.slice(BODY)];
  if (body[0] !== VERSION) throw new NoReceipt("version");
  const view = new DataView(body.buffer);
  const sequence = Number(view.getBigUint64(33));
  if (!Number.isSafeInteger(sequence) || sequence < 1) throw new NoReceipt("sequence");
  const [code, next] = [body.slice(81, 81 + CODE), body.slice(100)];
  if (code[0] !== VERSION) throw new NoReceipt("code");
  const two = next.some((byte) => byte !== 0);
  if (two && next[0] !== VERSION) throw new NoReceipt("next");
  const said = {
    id: uuidText(body.slice(1, 17)),
    key: uuidText(body.slice(17, 33)),
    sequence,
    previous: toBase64Url(body.slice(41, 73)),
    scannedAt: Number(view.getBigInt64(73)),
    code: codeText(code),
    next: two ? codeText(next) : null,
  };
  return { said, body, signature };
}

/** What is signed: the label, then the body. */
export function labelled(body: Uint8Array): Uint8Array<ArrayBuffer> {
  return joined(new TextEncoder().encode(LABEL), body);
}

/** What the next receipt names. */
export async function hashOf(body: Uint8Array<ArrayBuffer>): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", body)));
}

/** Which session a code is of, as far as it says. */
export function sessionOf(code: string): string {
  return toBase64Url(codeBytes(code).slice(1, 7));
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}

function uuid(text: string): Uint8Array {
  const pairs = text.replaceAll("-", "").match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => parseInt(pair, 16));
}

function uuidText(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The 19 bytes of a code. */
function codeBytes(code: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(CODE);
  let [bits, held, at] = [0, 0, 0];
  for (const letter of code) {
    bits = ((bits << 5) | BASE32.indexOf(letter)) & 0xfff;
    held += 5;
    if (held >= 8 && at < CODE) {
      held -= 8;
      bytes[at++] = (bits >> held) & 0xff;
    }
  }
  return bytes;
}

function codeText(bytes: Uint8Array): string {
  let [text, bits, held] = ["", 0, 0];
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xfff;
    for (held += 8; held >= 5; ) {
      held -= 5;
      text += BASE32[(bits >> held) & 31];
    }
  }
  return held > 0 ? text + BASE32[(bits << (5 - held)) & 31] : text;
}
