/** What the teacher's and the projector's screens know of a session, built from its events. */

export type Status = "present" | "late" | "excused" | "absent";

export interface Mark {
  person: string;
  name: string;
  roll: string;
  status: Status | null;
  method: string | null;
  method_word: string | null;
  at: string | null;
  reason: string | null;
  on_leave: boolean;
  flags: string[];
  flag_words: string[];
}

export interface SessionInfo {
  id: string;
  state: "open" | "closed";
  ends_at: string;
  opened_at: string;
  server_time: string;
}

export interface Counts {
  enrolled: number;
  present: number;
  late: number;
  excused: number;
  absent: number;
  unmarked: number;
}

export interface SessionState {
  session: SessionInfo | null;
  counts: Counts | null;
  marks: ReadonlyMap<string, Mark>;
}

/** The new state and the people whose mark is other than before. */
export interface Step {
  state: SessionState;
  changed: Mark[];
}

export const nothingYet: SessionState = { session: null, counts: null, marks: new Map() };

/** Applies one event; anything that it doesn't know leaves the state as it was. */
export function apply(state: SessionState, type: string, data: unknown): Step {
  if (!isRecord(data)) return { state, changed: [] };
  const counts = isRecord(data["counts"]) ? (data["counts"] as unknown as Counts) : state.counts;
  const session = isRecord(data["session"]) ? (data["session"] as unknown as SessionInfo) : state.session;
  if (type === "session") return { state: { ...state, session, counts }, changed: [] };
  if (type === "snapshot" && Array.isArray(data["marks"])) {
    const list = data["marks"] as Mark[];
    const marks = new Map(list.map((mark) => [mark.person, mark]));
    const changed = list.filter((mark) => differs(state.marks.get(mark.person), mark));
    return { state: { session, counts, marks }, changed };
  }
  if (type === "mark" && isRecord(data["mark"])) {
    const mark = data["mark"] as unknown as Mark;
    const marks = new Map(state.marks).set(mark.person, mark);
    return { state: { session, counts, marks }, changed: [mark] };
  }
  return { state, changed: [] };
}

/** Everybody who is in the room. */
export function here(counts: Counts): number {
  return counts.present + counts.late;
}

/** Whether a row is shown under a filter of statuses and a text. */
export function shown(row: { status: string; text: string }, show: string, needle: string): boolean {
  const fits =
    show === "missing"
      ? row.status === "" || row.status === "absent"
      : show !== "present" || row.status === "present" || row.status === "late";
  return fits && fold(row.text).includes(fold(needle.trim()));
}

function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Whether some mark deserves a look now that did not before, or no longer does. */
export function flagsDiffer(before: ReadonlyMap<string, Mark>, changed: readonly Mark[]): boolean {
  return changed.some((mark) => String(before.get(mark.person)?.flags ?? []) !== String(mark.flags));
}

function differs(before: Mark | undefined, after: Mark): boolean {
  return before?.status !== after.status || before?.at !== after.at || before?.method !== after.method || before?.reason !== after.reason || String(before?.flags) !== String(after.flags);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
