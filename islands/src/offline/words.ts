/** Verdicts in words, as the server says them: the twin of `crates/web/src/verdicts.rs`. */
import type { Verdict } from "../verification/verification.ts";
import type { Entry, Heard, Told, VerdictWord } from "./model.ts";

/** What is known of a verdict besides. */
export interface Around {
  readonly direction: Told["direction"];
  readonly count: number;
  /** The admission before, as far as it is known. */
  readonly before: Pick<Heard, "at" | "point" | "person"> | null;
  readonly entry: Pick<Entry, "type" | "kind" | "why" | "right"> | null;
  /** What to ask for, where somebody showed a badge. */
  readonly card: "pass" | "docket" | null;
  /** A moment in the institution's time. */
  readonly moment: (at: number) => string;
}

/** The word of a verdict. */
export function wordOf(verdict: Verdict): VerdictWord {
  return typeof verdict === "string" ? verdict : (Object.keys(verdict)[0] as VerdictWord);
}

/** What was decided, and why, in a sentence. */
export function sentence(verdict: Verdict, around: Around): string {
  const { direction, count, before, entry, card, moment } = around;
  const docket = entry?.kind === "docket";
  if (typeof verdict === "string") {
    if (verdict === "wrong_place" && card) return `This is a staff or student card: ask for the ${card}.`;
    if (verdict === "wrong_place" && entry) return elsewhere(entry, moment);
    if (verdict === "on_hold" && entry?.why === "not_cleared") return "No longer cleared by Finance: a payment was taken back.";
    return docket ? { ...WORDS, ...DOCKETS }[verdict] : WORDS[verdict];
  }
  if ("admit" in verdict) {
    return direction === "exit" ? goodbye(count) : welcome(count, verdict.admit.remaining);
  }
  if ("already_used" in verdict) {
    const left = verdict.already_used.remaining;
    if (left > 0) return `Only ${left === 1 ? "one" : left} more may enter with this.`;
    if (before === null) return "Fewer may enter with this than are here.";
    return `Entered ${moment(before.at)}, ${before.point}, scanned by ${before.person}.`;
  }
  if ("superseded" in verdict && docket) return `Superseded by the docket issued on ${moment(verdict.superseded.at)}: ask for that one.`;
  if ("superseded" in verdict) return `Handed on or issued anew, ${moment(verdict.superseded.at)}: the newer code counts.`;
  if ("not_valid_yet" in verdict) return `It admits from ${moment(verdict.not_valid_yet.from)}.`;
  return `It admitted until ${moment(verdict.expired.since)}.`;
}

const WORDS = {
  not_inside: "Nobody who entered with this is inside.",
  revoked: "It was withdrawn: it admits nobody.",
  on_hold: "Its holder is held.",
  wrong_place: "It is for another place.",
  unknown: "It is genuine and not in this phone’s pack. Go online to ask the server.",
  forged: "This was not issued here, or was altered. Find them by name.",
};

const DOCKETS = {
  revoked: "The student’s record is no longer in use: it admits nobody.",
  on_hold: "A hold was placed on the student’s dockets.",
};

/** Where it would be right. */
function elsewhere({ type, right }: Pick<Entry, "type" | "right">, moment: (at: number) => string): string {
  if (right === null) return `“${type}” enters by another gate.`;
  const { assessment, course } = right;
  const rooms = right.rooms.join(" or ");
  if (assessment === undefined) return `Their room is ${rooms}.`;
  if (course === undefined) return `This docket is for ${assessment}, not for this exam.`;
  return `This docket is for ${assessment}: ${course}, ${moment(right.starts_at ?? 0)}, ${rooms}.`;
}

function goodbye(count: number): string {
  return count === 1 ? "Goodbye." : `Goodbye, all ${count}.`;
}

function welcome(count: number, left: number): string {
  const who = count === 1 ? "one person" : `${count} people`;
  if (left > 0) return `Let ${who} in; ${left} may still come.`;
  return count === 1 ? "Let them in." : `Let ${who} in.`;
}

interface Look {
  readonly word: string;
  readonly icon: string;
  /** `ok`, `warning` where waiting or another door helps, `error`. */
  readonly tone: string;
}

const LOOKS: Readonly<Record<VerdictWord, Look>> = {
  admit: { word: "Admit", icon: "check", tone: "ok" },
  already_used: { word: "Already used", icon: "cross", tone: "error" },
  not_inside: { word: "Not inside", icon: "alert", tone: "warning" },
  superseded: { word: "Replaced", icon: "cross", tone: "error" },
  revoked: { word: "Withdrawn", icon: "cross", tone: "error" },
  on_hold: { word: "On hold", icon: "cross", tone: "error" },
  not_valid_yet: { word: "Not valid yet", icon: "clock", tone: "warning" },
  expired: { word: "Expired", icon: "cross", tone: "error" },
  wrong_place: { word: "Wrong place", icon: "alert", tone: "warning" },
  unknown: { word: "Unknown", icon: "cross", tone: "error" },
  forged: { word: "Forged", icon: "cross", tone: "error" },
};

/** How a verdict looks. */
export function look(told: Pick<Told, "verdict" | "admitted" | "direction">, undone: boolean): Look {
  if (undone) return { word: "Taken back", icon: "undo", tone: "" };
  if (told.admitted && told.verdict !== "admit") return { ...LOOKS.admit, icon: "key" };
  if (told.verdict === "admit" && told.direction === "exit") return { ...LOOKS.admit, word: "Goodbye" };
  return LOOKS[told.verdict];
}

/** `21 Nov 2026, 10:02` in the institution's time zone. */
export function momentIn(zone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(zone === "" ? {} : { timeZone: zone }),
  });
  return (at) => format.format(new Date(at / 1000));
}

/** How old something is: `just now`, `4 min`, `3 h`. */
export function age(microseconds: number): string {
  const minutes = Math.floor(microseconds / 60_000_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`;
}
