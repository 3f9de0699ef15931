/** What a student's device keeps. */

/** The key of this device for a person: signed in here, another person has another. */
export interface OwnKey {
  readonly person: string;
  /** What the server calls it. */
  readonly id: string;
  readonly key: CryptoKey;
  /** The public half, by which it is registered again. */
  readonly shown: JsonWebKey;
  /** Number of its latest receipt, and its hash. */
  readonly sequence: number;
  readonly head: string;
}

/** A scan, and what became of it. */
export interface Kept {
  readonly id: string;
  readonly person: string;
  readonly code: string;
  readonly receipt: string;
  /** Its number among those of the key: they are sent in this order. */
  readonly sequence: number;
  /** When it was scanned, in milliseconds. */
  readonly at: number;
  readonly progress: "waiting" | "sent" | "refused";
  /** What the server made of it. */
  readonly result: Result | null;
}

/** The server's answer to a receipt. */
export interface Result {
  readonly result: "accepted" | "already" | "refused";
  readonly reason?: string;
  readonly detail?: string;
  readonly status?: "present" | "late" | "excused" | "absent";
  readonly at?: string;
}

/** The same, with the receipt's name. */
export interface Answer extends Result {
  readonly id: string;
}
