/** Why something that was scanned is no credential of ours, by the names that the server uses. */

export type Refusal =
  | "not-ours"
  | "unknown-key"
  | "forged"
  | "digits-empty"
  | "digits-character"
  | "digits-length"
  | "digits-overflow"
  | "cbor-truncated"
  | "cbor-not-shortest"
  | "cbor-indefinite"
  | "cbor-range"
  | "cbor-type"
  | "cbor-trailing"
  | "envelope"
  | "header"
  | "algorithm"
  | "claims"
  | "kind"
  | "id"
  | "validity";

/** Thrown while reading, and turned into a value by `verify`. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal);
    this.name = "Refused";
    this.refusal = refusal;
  }
}
