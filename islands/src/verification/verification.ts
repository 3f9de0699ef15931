/**
 * Whether a credential that is presented at a point admits its holder: the twin of
 * `crates/domain/src/verification`, held to it by shared vectors. The verifier calls it with an
 * offline pack; names are those of the pack's JSON.
 */

export type Direction = "entry" | "exit";
export type Standing = "current" | "revoked" | "on_hold" | { superseded: { at: number } };
export type Entries = "single" | "reentry" | { times: number };

/** A span of time in microseconds: its first moment belongs to it, its end does not. */
export interface Window {
  readonly from: number;
  readonly until: number;
}

/** What is known of a credential; no points name every point of the place. */
export interface Record {
  readonly standing: Standing;
  readonly validity: Window;
  readonly admits: number;
  readonly points: readonly string[] | null;
}

export interface Rule {
  readonly entries: Entries;
  readonly windows: readonly Window[];
}

/** A recorded scan. Exits count whether they were admitted or not: people left. */
export interface Redemption {
  readonly at: number;
  readonly direction: Direction;
  readonly count: number;
  readonly admitted: boolean;
}

export interface Scan {
  readonly point: string;
  readonly direction: Direction;
  readonly count: number;
  readonly at: number;
}

export type Presented = "forged" | "unknown" | Record;

export type Verdict =
  | { admit: { remaining: number } }
  | { already_used: { remaining: number; previous: number | null } }
  | { superseded: { at: number } }
  | { not_valid_yet: { from: number } }
  | { expired: { since: number } }
  | "not_inside"
  | "revoked"
  | "on_hold"
  | "wrong_place"
  | "unknown"
  | "forged";

export type Finding = "stands" | "double_use" | "not_inside" | "refused";

interface Tally {
  readonly entered: number;
  readonly inside: number;
  readonly latest: number | null;
}

const NOBODY: Tally = { entered: 0, inside: 0, latest: null };

/** Decides about a scan; the history holds all that is known, in any order. */
export function decide(
  presented: Presented,
  rule: Rule,
  history: readonly Redemption[],
  scan: Scan,
): Verdict {
  if (presented === "forged" || presented === "unknown") {
    return presented;
  }
  const tally = inOrder(history).reduce((sum, [at, one]) => after(sum, at, one), NOBODY);
  if (scan.direction === "exit") {
    const left = remaining(rule.entries, presented.admits, leave(tally, scan.count));
    return tally.inside >= scan.count ? { admit: { remaining: left } } : "not_inside";
  }
  const refused = refusal(presented, rule, scan);
  if (refused !== null) {
    return refused;
  }
  const left = remaining(rule.entries, presented.admits, tally);
  return left >= scan.count
    ? { admit: { remaining: left - scan.count } }
    : { already_used: { remaining: left, previous: tally.latest } };
}

/** How many go through if nobody says: all who may still enter, or all who are inside; at least one. */
export function allOfThem(
  record: Record,
  rule: Rule,
  history: readonly Redemption[],
  direction: Direction,
): number {
  const tally = inOrder(history).reduce((sum, [at, one]) => after(sum, at, one), NOBODY);
  const all = direction === "entry" ? remaining(rule.entries, record.admits, tally) : tally.inside;
  return Math.max(1, all);
}

/** What each redemption turns out to be once all devices have been heard. */
export function review(record: Record, rule: Rule, history: readonly Redemption[]): Finding[] {
  const findings = history.map((): Finding => "refused");
  let tally = NOBODY;
  for (const [at, one] of inOrder(history)) {
    findings[at] = finding(record, rule, tally, one);
    tally = after(tally, at, one);
  }
  return findings;
}

function finding(record: Record, rule: Rule, tally: Tally, one: Redemption): Finding {
  if (one.direction === "exit") {
    return tally.inside < one.count ? "not_inside" : "stands";
  }
  if (!one.admitted) {
    return "refused";
  }
  return remaining(rule.entries, record.admits, tally) < one.count ? "double_use" : "stands";
}

/** What concerns the credential itself comes first: no other door or hour would help. */
function refusal(record: Record, rule: Rule, scan: Scan): Verdict | null {
  if (record.standing !== "current") {
    return record.standing;
  }
  const elsewhere = record.points !== null && !record.points.includes(scan.point);
  const place = elsewhere ? "wrong_place" : null;
  return outside([record.validity], scan.at) ?? place ?? outside(rule.windows, scan.at);
}

function outside(windows: readonly Window[], at: number): Verdict | null {
  if (windows.length === 0 || windows.some((own) => own.from <= at && at < own.until)) {
    return null;
  }
  const next = windows.map((own) => own.from).filter((from) => from > at);
  return next.length > 0
    ? { not_valid_yet: { from: Math.min(...next) } }
    : { expired: { since: Math.max(...windows.map((own) => own.until)) } };
}

function remaining(entries: Entries, admits: number, tally: Tally): number {
  if (entries === "reentry") {
    return Math.max(0, admits - tally.inside);
  }
  const times = entries === "single" ? 1 : entries.times;
  return Math.min(admits, Math.max(0, admits * times - tally.entered));
}

function inOrder(history: readonly Redemption[]): (readonly [number, Redemption])[] {
  return history.map((one, at) => [at, one] as const).sort(([, a], [, b]) => a.at - b.at);
}

function after(tally: Tally, at: number, one: Redemption): Tally {
  if (one.direction === "exit") {
    return leave(tally, one.count);
  }
  if (!one.admitted) {
    return tally;
  }
  return { entered: tally.entered + one.count, inside: tally.inside + one.count, latest: at };
}

function leave(tally: Tally, count: number): Tally {
  return { ...tally, inside: Math.max(0, tally.inside - count) };
}
