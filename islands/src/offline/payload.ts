/** Reads a pack as the server signed it. Nothing of it is used before its signature was verified. */
import { PACK, readEnvelope } from "../credential/envelope.ts";
import { KeySet } from "../credential/keys.ts";
import { Refused } from "../credential/refusal.ts";
import { unsigned } from "../credential/verify.ts";
import type { Rule, Standing, Window } from "../verification/verification.ts";
import type { Entry, Heard, Point, Right } from "./model.ts";

/** The JSON inside; `docs/offline-verification.md` says what each part means. */
export interface Payload {
  readonly format: 1;
  readonly device: string;
  readonly point: Point;
  readonly points: readonly { readonly id: string; readonly name: string }[];
  readonly issued_at: number;
  readonly expires_at: number;
  readonly cursor: string;
  /** False: only what has changed since the cursor that was sent. */
  readonly whole: boolean;
  readonly keys: unknown;
  readonly rule: Rule;
  readonly may_override: boolean;
  readonly without_photos: boolean;
  readonly groups: readonly Group[];
  readonly records: readonly Row[];
  readonly redemptions: readonly Heard[];
  readonly names: string;
}

interface Group {
  readonly kind: string;
  readonly name: string;
  readonly validity: Window;
  readonly points: readonly string[] | null;
  readonly right?: Right;
}

interface Row {
  readonly k: string;
  readonly id: string;
  readonly g: number;
  readonly admits: number;
  readonly standing: Standing;
  readonly why?: string;
  readonly sealed?: string;
}

/** Thrown for a pack that is not to be used; it says why. */
export class BadPack extends Error {
  override readonly name = "BadPack";
}

/** A verified payload, and the text that it was read from. */
export interface Opened {
  readonly payload: Payload;
  readonly text: string;
}

/** Verifies a pack that was made for this device and that point. */
export async function openPack(
  bytes: Uint8Array<ArrayBuffer>,
  keys: unknown,
  device: string,
  point: string,
): Promise<Opened> {
  const text = await verified(bytes, keys);
  const payload = JSON.parse(text) as Payload;
  if (payload.format !== 1) throw new BadPack("The pack is of a newer version: open this page anew.");
  if (payload.device !== device || payload.point.id !== point) {
    throw new BadPack("The pack is another phone's, or another point's.");
  }
  return { payload, text };
}

/** The text of a pack, once a key of these has signed it. */
export async function verified(bytes: Uint8Array<ArrayBuffer>, keys: unknown): Promise<string> {
  try {
    const envelope = readEnvelope(bytes, PACK);
    if ((await unsigned(envelope, KeySet.fromJson(keys))) !== null) {
      throw new BadPack("The pack is not signed by the server.");
    }
    return new TextDecoder().decode(envelope.payload);
  } catch (error) {
    if (error instanceof Refused) throw new BadPack("The pack is incomplete.");
    throw error;
  }
}

/** The records of a payload, each with all that is decided about. */
export function entriesOf({ groups, records }: Payload): Entry[] {
  return records.flatMap(({ g, k, id, admits, standing, why = "", sealed = "" }) => {
    const group = groups[g];
    if (!group) return [];
    const { kind, name, validity, points, right = null } = group;
    return [{ k, id, kind, type: name, validity, points, right, admits, standing, why, sealed }];
  });
}
