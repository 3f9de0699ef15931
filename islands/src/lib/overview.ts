/** Which sessions are open, built from the events of the overview. */
import { type Counts, isRecord } from "./session.ts";

export interface Item {
  id: string;
  class_name: string;
  course_code: string;
  section: string;
  teacher: string;
  room: string;
  state: "open" | "closed";
  opened_at: string;
  ends_at: string;
  counts: Counts;
  url: string;
}

export type Sessions = ReadonlyMap<string, Item>;

export interface OverviewStep {
  sessions: Sessions;
  changed: Item[];
  gone: string[];
}

/** Applies one event; only open sessions stay. */
export function applyOverview(sessions: Sessions, type: string, data: unknown): OverviewStep {
  if (isRecord(data) && type === "snapshot" && Array.isArray(data["sessions"])) {
    const open = (data["sessions"] as Item[]).filter((item) => item.state === "open");
    const next = new Map(open.map((item) => [item.id, item]));
    return { sessions: next, changed: open, gone: [...sessions.keys()].filter((id) => !next.has(id)) };
  }
  if (isRecord(data) && type === "session" && isRecord(data["session"])) {
    const item = data["session"] as unknown as Item;
    const next = new Map(sessions);
    if (item.state === "open") {
      return { sessions: next.set(item.id, item), changed: [item], gone: [] };
    }
    return { sessions: next, changed: [], gone: next.delete(item.id) ? [item.id] : [] };
  }
  return { sessions, changed: [], gone: [] };
}
