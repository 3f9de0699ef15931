/** What a verifier device keeps: who it is, the packs of its points, and its scans. */
import type { Direction, Redemption, Rule, Standing, Window } from "../verification/verification.ts";

/** A check-in point that the device may stand at. */
export interface Point {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  /** What one enters there. */
  readonly scope: string;
  readonly scope_name: string;
  /** In a pack: what the credentials that are shown here say of where they belong. */
  readonly credential_scope?: string;
  /** Outside of one: whether the device's person may let somebody through there whatever the verdict is. */
  readonly may_override?: boolean;
}

/** Who the device is to the server. Its key can be used and not be read. */
export interface Device {
  readonly id: string;
  readonly name: string;
  /** For whom it acts. */
  readonly person: string;
  readonly key: CryptoKey;
  /** Opens the lists of names in packs. */
  readonly namesKey: CryptoKey;
  /** The institution's public keys, as a JSON Web Key Set. */
  readonly keys: unknown;
  /** By how many microseconds the server's clock is ahead of this one. */
  readonly offset: number;
  readonly points: readonly Point[];
}

/** The head of a pack, without its records and redemptions. Times are microseconds of the server's clock. */
export interface Pack {
  readonly point: Point;
  /** Every point of the place, to name the right one. */
  readonly points: readonly { readonly id: string; readonly name: string }[];
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly cursor: string;
  readonly keys: unknown;
  readonly rule: Rule;
  readonly mayOverride: boolean;
  /** Whether photos were left out. */
  readonly withoutPhotos: boolean;
  /** The numbers of its parts: all of it, and what has changed since. */
  readonly first: number;
  readonly last: number;
}

/** Where a docket is right that is wrong here: in another room of the same exam, or at another exam. */
export interface Right {
  readonly rooms: readonly string[];
  readonly assessment?: string;
  readonly course?: string;
  readonly starts_at?: number;
}

/** What a credential leads to. */
export interface Entry {
  /** SHA-256 of which credential it is. */
  readonly k: string;
  /** The record. */
  readonly id: string;
  readonly kind: string;
  /** For example the pass type. */
  readonly type: string;
  readonly validity: Window;
  readonly points: readonly string[] | null;
  readonly admits: number;
  readonly standing: Standing;
  /** Why it stands so, where that has to be said: `not_cleared`. */
  readonly why: string;
  readonly right: Right | null;
  /** Name and photo; opens by the credential alone. Empty for an issue that no longer counts. */
  readonly sealed: string;
}

/** A scan that the server told of. */
export interface Heard extends Redemption {
  readonly id: string;
  readonly record: string;
  readonly nonce: string;
  /** The names of the point and of whoever scanned. */
  readonly point: string;
  readonly person: string;
}

export type VerdictWord =
  | "admit"
  | "already_used"
  | "not_inside"
  | "superseded"
  | "revoked"
  | "on_hold"
  | "not_valid_yet"
  | "expired"
  | "wrong_place"
  | "unknown"
  | "forged";

/** What was presented: what a camera read or somebody typed, or a record that was found by name. */
export type Offer = { readonly credential: string } | { readonly pass: string } | { readonly docket: string };

/** What the verifier is told. */
export interface Told {
  readonly verdict: VerdictWord;
  readonly admitted: boolean;
  readonly sentence: string;
  readonly names: readonly string[];
  /** The type, and how many of its people have entered. */
  readonly about: string;
  readonly photo: string;
  /** The photo's media type. */
  readonly photoType: string;
  readonly direction: Direction;
  readonly count: number;
  /** The record that it was decided about, if any. */
  readonly record: string | null;
}

/** How far a scan came: not sent yet, recorded by the server, or refused by it with a reason. */
export type Progress = "waiting" | "sent" | "refused";

/** A scan of this device. It is written before its verdict is shown. */
export interface Kept extends Told {
  readonly nonce: string;
  readonly point: string;
  readonly pointName: string;
  /** What one enters there. */
  readonly scope: string;
  readonly offer: Offer;
  /** Microseconds of the server's clock, as far as it is known. */
  readonly at: number;
  /** Milliseconds of this phone's clock. */
  readonly clock: number;
  readonly person: string;
  /** The pack by which the device decided itself; null where the server did. */
  readonly pack: number | null;
  readonly progress: Progress;
  /** When the server had it, in microseconds of its clock; null while it has not. */
  readonly sentAt: number | null;
  /** What the server said to it. */
  readonly answer: string;
  /** Why it was taken back; null where it counts. */
  readonly undone: string | null;
  /** Why somebody was let through whatever the verdict was; null where nobody was. */
  readonly forced: string | null;
}

/** A scan is taken back, to be told to the server after the scan. */
export interface Reversal {
  readonly nonce: string;
  readonly point: string;
  readonly undo: string;
  readonly reason: string;
  readonly clock: number;
  readonly progress: Progress;
  readonly answer: string;
}
