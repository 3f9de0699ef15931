/** How many went through at the gates of an event, as it happens. */
import { all, fillCounts, showLink } from "./dom.ts";
import { liveFeed } from "./feed.ts";
import { isRecord } from "./session.ts";

export type Counts = Record<string, number>;

/** What a message says: of all gates together, and of each by its id. */
export interface Figures {
  whole: Counts;
  points: Map<string, Counts>;
}

/** Follows the gates; a part with `data-point` shows one of them, the others all together. */
export function watchGates(root: HTMLElement): void {
  const url = root.dataset["events"] ?? "";
  if (url === "") return;
  const own = root.dataset["point"];
  liveFeed(url, {
    events: ["snapshot", "scan"],
    onState: (state) => showLink(root, state),
    onEvent: (_, data) => {
      const figures = read(data);
      if (!figures) return;
      const { inside = 0 } = figures.whole;
      const here = own === undefined ? figures.whole : { ...figures.points.get(own), inside };
      fillCounts(root, here);
      for (const row of all("[data-gate]", root)) {
        const counts = figures.points.get(row.dataset["gate"] ?? "");
        if (counts) fillCounts(row, { gate_entries: counts["entries"] ?? 0, gate_exits: counts["exits"] ?? 0, gate_refused: counts["refused"] ?? 0 });
      }
    },
  });
}

/** The figures of a message; null if it has none. */
export function read(data: unknown): Figures | null {
  if (!isRecord(data) || !isRecord(data["counts"]) || !Array.isArray(data["points"])) return null;
  const points = new Map<string, Counts>();
  for (const point of data["points"] as unknown[]) {
    if (isRecord(point) && typeof point["id"] === "string") points.set(point["id"], numbers(point));
  }
  return { whole: numbers(data["counts"]), points };
}

function numbers(from: Record<string, unknown>): Counts {
  return Object.fromEntries(Object.entries(from).filter((entry): entry is [string, number] => typeof entry[1] === "number"));
}
