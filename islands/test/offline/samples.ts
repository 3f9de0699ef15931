/** Made-up packs and scans for the tests beside. */
import type { Kept, Pack, Point } from "../../src/offline/model.ts";
import type { Payload } from "../../src/offline/payload.ts";

export const POINT: Point = {
  id: "01932f6e-0000-7000-8000-0000000000a1",
  name: "North gate",
  kind: "gate",
  scope: "01932f6e-0000-7000-8000-0000000000e1",
  scope_name: "Autumn ball",
};

export const HOUR = 3_600_000_000;
/** When the packs here are made. */
export const MADE = 1_800_000_000_000_000;

/** A payload with one holder for each letter: record r-LETTER is found by k-LETTER. */
export function payload(letters: string, more: Partial<Payload> = {}): Payload {
  return {
    format: 1,
    device: "device",
    point: POINT,
    points: [{ id: POINT.id, name: POINT.name }],
    issued_at: MADE,
    expires_at: MADE + 24 * HOUR,
    cursor: "one",
    whole: true,
    keys: { keys: [] },
    rule: { entries: "single", windows: [] },
    may_override: false,
    without_photos: false,
    groups: [{ kind: "pass", name: "Single", validity: { from: MADE - HOUR, until: MADE + 9 * HOUR }, points: null }],
    records: [...letters].map((one) => ({ k: `k-${one}`, id: `r-${one}`, g: 0, admits: 1, standing: "current" as const })),
    redemptions: [],
    names: "",
    ...more,
  };
}

export const PACK: Pack = {
  point: POINT,
  points: [],
  issuedAt: MADE,
  expiresAt: MADE + 24 * HOUR,
  cursor: "one",
  keys: { keys: [] },
  rule: { entries: "single", windows: [] },
  mayOverride: false,
  withoutPhotos: false,
  first: 1,
  last: 1,
};

/** A scan that was decided here and waits. */
export function kept(nonce: string, more: Partial<Kept> = {}): Kept {
  return {
    verdict: "admit",
    admitted: true,
    sentence: "Let them in.",
    names: ["Asha"],
    about: "Single",
    photo: "",
    photoType: "image/jpeg",
    direction: "entry",
    count: 1,
    record: "r-a",
    nonce,
    point: POINT.id,
    pointName: POINT.name,
    scope: POINT.scope,
    offer: { credential: "MUSTER:1" },
    at: MADE,
    clock: MADE / 1000,
    person: "Ravi",
    pack: MADE,
    progress: "waiting",
    sentAt: null,
    answer: "",
    undone: null,
    forced: null,
    ...more,
  };
}

/** What is heard of an answer whose connection is gone after these bytes. */
export function cutAfter(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let sent = bytes.length === 0;
  return new ReadableStream({
    pull(control) {
      if (sent) return control.error(new TypeError("network error"));
      sent = true;
      control.enqueue(bytes);
    },
  });
}
