/** Presents something at a point: the server decides while it answers, the pack while it does not. */
import { randomName } from "../lib/nonce.ts";
import { aboutOf, contentOf, judge, photoOf } from "./judge.ts";
import type { Device, Kept, Offer, Pack, Point, Told } from "./model.ts";
import type { Whose } from "./names.ts";
import type { Lookups } from "./pack-index.ts";
import { Away, type Holder, type Redeemed } from "./server.ts";

/** How long the server may take, in milliseconds: whoever stands at the door waits for it. */
export const PATIENCE = 1_500;

/** What somebody wants. */
export interface Presentation {
  readonly offer: Offer;
  readonly direction: Told["direction"];
  /** Null for all whom it still admits. */
  readonly count: number | null;
  /** Whose record was found by name. */
  readonly named: Whose;
  /** Sent again under the same name, it counts once. */
  readonly nonce?: string;
}

/** What the page shows: a verdict, or why there is none. */
export type Outcome =
  | { readonly kept: Kept }
  | { readonly nothing: "lost" | "expired" | "typed"; readonly nonce: string };

/** What presenting needs of the rest. */
export interface Desk {
  readonly device: Device;
  readonly point: Point;
  readonly store: { scansOf(record: string): Promise<readonly Kept[]>; keep(scan: Kept): Promise<void> };
  readonly pack: Pack | null;
  readonly lookups: Lookups;
  /** Whether the server answered lately. */
  readonly online: boolean;
  redeem(item: unknown, signal: AbortSignal): Promise<Redeemed>;
  /** Hears that the server does not answer. */
  away(): void;
  moment(at: number): string;
  /** Milliseconds of this phone's clock. */
  clock(): number;
  /** Does something while no other page of this phone decides. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

/** Presents, and writes down what was decided before anybody is told. */
export async function present(desk: Desk, wanted: Presentation): Promise<Outcome> {
  const nonce = wanted.nonce ?? randomName();
  const clock = desk.clock();
  const told = desk.online ? await ask(desk, wanted, nonce, clock) : null;
  return desk.alone(async () => {
    const decided = told ?? (await decideHere(desk, wanted, nonce, clock));
    if ("nothing" in decided) return decided;
    await desk.store.keep(decided);
    return { kept: decided };
  });
}

/** Lets somebody through whatever the verdict was, and writes that down to be sent. */
export async function override(desk: Desk, refused: Kept, reason: string): Promise<Kept> {
  const clock = desk.clock();
  const kept: Kept = {
    ...refused,
    nonce: `${refused.nonce}-all-the-same`,
    admitted: true,
    sentence: `Let through all the same: ${reason.replace(/\.+$/, "")}.`,
    clock,
    at: micros(desk, clock),
    pack: desk.pack?.issuedAt ?? null,
    progress: "waiting",
    sentAt: null,
    answer: "",
    forced: reason,
  };
  await desk.store.keep(kept);
  return kept;
}

/** The server's verdict; null where it does not answer in time. */
async function ask(desk: Desk, wanted: Presentation, nonce: string, clock: number): Promise<Kept | null> {
  const { offer, direction, count } = wanted;
  const at = new Date(clock).toISOString();
  const item = { ...offer, point: desk.point.id, direction, count, nonce, at, sent_at: at };
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const { verdict, detail, holder, count } = await desk.redeem(item, patience.signal);
    const content = desk.pack && "credential" in offer ? await contentOf({ pack: desk.pack, lookups: desk.lookups }, offer.credential) : null;
    const told: Told = {
      verdict,
      admitted: verdict === "admit",
      sentence: detail,
      names: holder?.names ?? [],
      about: holder ? describe(holder) : "",
      ...photoOf(content),
      direction,
      count,
      record: holder?.pass ?? holder?.docket ?? null,
    };
    return { ...scan(desk, wanted, nonce, clock, told), progress: "sent", sentAt: micros(desk, desk.clock()) };
  } catch (error) {
    if (!(error instanceof Away)) throw error;
    desk.away();
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function describe({ pass_type, admits, admitted, number, programme, assessment }: Holder): string {
  const entered = admits !== null && admits > 1 ? `${admitted} of ${admits} entered` : null;
  return aboutOf(number, programme, assessment && `${assessment} docket`, pass_type, entered);
}

async function decideHere(desk: Desk, wanted: Presentation, nonce: string, clock: number): Promise<Kept | Extract<Outcome, { nothing: string }>> {
  const { pack, lookups, moment } = desk;
  if (pack === null) return { nothing: "lost", nonce };
  // A clock that was set back does not make a pack younger.
  const at = Math.max(micros(desk, clock), pack.issuedAt);
  if (at >= pack.expiresAt) return { nothing: "expired", nonce };
  const { offer, direction, count } = wanted;
  if ("credential" in offer && isTyped(offer.credential)) return { nothing: "typed", nonce };
  const books = { pack, lookups, scansOf: (record: string) => desk.store.scansOf(record) };
  const told = await judge(books, { offer, direction, count, at }, wanted.named, moment);
  return { ...scan(desk, wanted, nonce, clock, told), at, pack: pack.issuedAt };
}

/** What is written down. */
function scan(desk: Desk, { offer }: Presentation, nonce: string, clock: number, told: Told): Kept {
  const { id: point, name: pointName, scope } = desk.point;
  return {
    ...told,
    nonce,
    point,
    pointName,
    scope,
    offer,
    at: micros(desk, clock),
    clock,
    person: desk.device.person,
    pack: null,
    progress: "waiting",
    sentAt: null,
    answer: "",
    undone: null,
    forced: null,
  };
}

function micros({ device }: Desk, clock: number): number {
  return Math.round(clock * 1000 + device.offset);
}

/** Ten characters below a QR, rather than what is in it. */
function isTyped(text: string): boolean {
  return text.trim().length <= 24 && !/[:/]/.test(text);
}
