/** Decides about a scan without a network: by the pack, this device's own scans, and the rule. */
import { hex, KeySet } from "../credential/keys.ts";
import type { Claims } from "../credential/payload.ts";
import { verify } from "../credential/verify.ts";
import { toBase64Url } from "../lib/base64.ts";
import { allOfThem, decide, type Direction, type Presented, type Record, type Scan, type Verdict } from "../verification/verification.ts";
import type { Entry, Heard, Kept, Offer, Pack, Told } from "./model.ts";
import type { Whose } from "./names.ts";
import type { Lookups } from "./pack-index.ts";
import { type Content, openContent } from "./seal.ts";
import { sentence, wordOf } from "./words.ts";

/** What is known without a network. */
export interface Books {
  readonly pack: Pack;
  readonly lookups: Lookups;
  /** The scans of this device about a record. */
  scansOf(record: string): Promise<readonly Kept[]>;
}

/** What somebody wants to do at a point. */
export interface Wish {
  readonly offer: Offer;
  readonly direction: Direction;
  /** How many people; null for all. */
  readonly count: number | null;
  /** Microseconds of the server's clock. */
  readonly at: number;
}

/** What was found out about what was shown. */
interface Shown {
  readonly presented: Presented;
  readonly entry: Entry | null;
  readonly names: readonly string[];
  readonly content: Content | null;
  /** Whether it is somebody's badge. */
  readonly card: boolean;
}

/** How far the two clocks may differ from what is known, in microseconds. */
const DOUBT = 60_000_000;
const ALWAYS = { from: -Number.MAX_SAFE_INTEGER, until: Number.MAX_SAFE_INTEGER };

/** The keys of packs that were asked for. */
const keySets = new WeakMap<Pack, KeySet>();

function keysOf(pack: Pack): KeySet {
  const keys = keySets.get(pack) ?? KeySet.fromJson(pack.keys);
  keySets.set(pack, keys);
  return keys;
}

/** Decides; `named` is whose record was found by name. */
export async function judge(
  books: Books,
  wish: Wish,
  named: Whose,
  moment: (at: number) => string,
): Promise<Told> {
  const { pack } = books;
  const shown = await read(books, wish.offer, named);
  const { entry } = shown;
  const history = entry ? await historyOf(books, entry) : [];
  const known = typeof shown.presented === "string" ? null : shown.presented;
  const count = wish.count ?? (known ? allOfThem(known, pack.rule, history, wish.direction) : 1);
  const scan: Scan = { point: pack.point.id, direction: wish.direction, count, at: wish.at };
  const verdict = decide(shown.presented, pack.rule, history, scan);
  const before = "already_used" in Object(verdict) ? history[previous(verdict)] : undefined;
  const around = { direction: wish.direction, count, before: before ?? null, entry, card: shown.card ? wantedAt(pack) : null, moment };
  return {
    verdict: wordOf(verdict),
    admitted: wordOf(verdict) === "admit",
    sentence: sentence(verdict, around),
    names: shown.names,
    about: aboutOf(shown.content?.number, shown.content?.programme, entry?.type),
    ...photoOf(shown.content),
    direction: wish.direction,
    count,
    record: entry?.id ?? null,
  };
}

/** Number, what they study, and what was shown, as far as that is known. */
export function aboutOf(...parts: readonly (string | null | undefined)[]): string {
  return parts.filter((part) => part).join(" · ");
}

/** The photo of whom a credential names. */
export function photoOf(content: Content | null): { photo: string; photoType: string } {
  return { photo: content?.photo ?? "", photoType: content?.photo_type ?? "image/jpeg" };
}

/** What a credential opens in the pack, while the server decides about it. */
export async function contentOf({ pack, lookups }: Pick<Books, "pack" | "lookups">, text: string): Promise<Content | null> {
  const outcome = await verify(text, keysOf(pack));
  if ("refusal" in outcome) return null;
  const k = await digestOf(outcome.claims);
  const entry = lookups.entry(k);
  return entry ? openContent(outcome.claims.cti, k, entry.sealed) : null;
}

async function digestOf({ cti }: Claims): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", cti)));
}

function previous(verdict: Verdict): number {
  return (typeof verdict === "object" && "already_used" in verdict && verdict.already_used.previous) || 0;
}

async function read({ pack, lookups }: Books, offer: Offer, named: Whose): Promise<Shown> {
  const nobody = { entry: null, names: [], content: null, card: false };
  if (!("credential" in offer)) {
    const issues = lookups.entriesOf("pass" in offer ? offer.pass : offer.docket);
    const entry = issues.find((one) => !("superseded" in Object(one.standing))) ?? issues[0];
    if (!entry) return { presented: "unknown", ...nobody };
    return { presented: recordOf(entry), entry, names: named.names, content: named, card: false };
  }
  const outcome = await verify(offer.credential, keysOf(pack));
  if ("refusal" in outcome) {
    return { presented: outcome.refusal === "unknown-key" ? "unknown" : "forged", ...nobody };
  }
  const { claims } = outcome;
  const k = await digestOf(claims);
  const entry = lookups.entry(k);
  if (!entry) return { presented: isHere(pack, claims) ? "unknown" : ELSEWHERE, ...nobody, card: claims.kind === "badge" };
  // What another node issued is sealed by nothing that this server knows: the list has the name.
  const replaced = "superseded" in Object(entry.standing);
  const content = (await openContent(claims.cti, k, entry.sealed)) ?? (replaced ? null : lookups.whoseIs(entry.id));
  return { presented: recordOf(entry), entry, names: content?.names ?? [], content, card: false };
}

/** What admits at the pack's point. */
function wantedAt({ point }: Pack): "pass" | "docket" {
  return point.kind === "gate" ? "pass" : "docket";
}

/** What is genuine and of another place: nobody enters with it here, and nobody is inside by it. */
const ELSEWHERE: Record = { standing: "current", validity: ALWAYS, admits: 1, points: [] };

/** Whether a credential is for what one enters here. */
function isHere({ point }: Pack, { kind, scope }: Claims): boolean {
  const own = (point.credential_scope ?? point.scope).replaceAll("-", "").slice(-16);
  return hex(scope) === own && (kind === "pass") === (point.kind === "gate");
}

function recordOf({ standing, validity, admits, points }: Entry): Record {
  return { standing, validity, admits, points };
}

/** A scan that happened. */
type Past = Omit<Heard, "id" | "record" | "nonce">;

/** All that is known of a record's scans here: the server's, and those that it has not told of yet. */
async function historyOf({ pack, lookups, scansOf }: Books, entry: Entry): Promise<Past[]> {
  const own = (await scansOf(entry.id)).filter((scan) => scan.scope === pack.point.scope);
  const heard = lookups.heardOf(entry.id);
  const nonces = new Set(heard.map((one) => one.nonce));
  const undone = new Set(own.filter((scan) => scan.undone !== null).map((scan) => scan.nonce));
  // What the server had well before it made the pack, and does not tell of, was taken back elsewhere.
  const missed = ({ sentAt }: Kept): boolean => sentAt === null || sentAt + DOUBT >= pack.issuedAt;
  const untold = own.filter((scan) => scan.undone === null && !nonces.has(scan.nonce) && missed(scan));
  return [
    ...heard.filter((one) => !undone.has(one.nonce)),
    ...untold.map(({ at, direction, count, admitted, pointName, person }) => ({ at, direction, count, admitted, point: pointName, person })),
  ];
}
