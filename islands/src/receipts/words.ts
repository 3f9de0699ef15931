/** What became of a scan, in words, and what to do about it. */
import type { Kept, Result } from "./model.ts";

export interface Shown {
  readonly word: string;
  readonly icon: string;
  /** `ok`, `info`, `warning` or `error`. */
  readonly tone: string;
  readonly sentence: string;
}

const STATUS = { present: "Present", late: "Late", excused: "Excused", absent: "Absent" } as const;
const TONES = { present: "ok", late: "warning", excused: "info", absent: "error" } as const;
const ICONS = { present: "check", late: "clock", excused: "note", absent: "cross" } as const;

/** How a scan is shown. */
export function shown(one: Pick<Kept, "result">): Shown {
  const { result } = one;
  if (result === null) {
    const sentence = "It is sent as soon as there is a network. Don’t clear the browser’s data before.";
    return { word: "Waiting", icon: "clock", tone: "warning", sentence };
  }
  return told(result);
}

/** How the server's answer is shown. */
export function told({ result, status, detail }: Result): Shown {
  // Of a code that another server of the institution showed: that one judges it.
  if (result === "accepted" && status === undefined) {
    const sentence = detail || "The server has it. It counts once the server of that classroom was heard of.";
    return { word: "On its way", icon: "clock", tone: "info", sentence };
  }
  if (result === "refused" || status === undefined) {
    const sentence = detail || "The server did not take it. Ask your teacher to mark you by hand.";
    return { word: "Refused", icon: "alert", tone: "error", sentence };
  }
  const sentence = result === "already" ? "You were marked already. Nothing changed." : "You are marked.";
  return { word: STATUS[status], icon: ICONS[status], tone: TONES[status], sentence };
}

/** `1 scan waits`, `3 scans wait`. */
export function waitingWords(count: number): string {
  return count === 1 ? "1 scan waits to be sent." : `${count} scans wait to be sent.`;
}
