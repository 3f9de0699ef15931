/** What a key means in a list of rows that can be ticked. */

/** Go to another row, perhaps ticking both, tick all, or send the ticked ones. */
export type PickCommand =
  | { do: "go"; to: number; tick: boolean }
  | { do: "all" }
  | { do: "send" };

/** What matters of a key's event. */
export interface Press {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}

/** What a key asks for on row `at` of `count`; nothing when it belongs to the browser. */
export function command(press: Press, at: number, count: number): PickCommand | null {
  if (at < 0) return null;
  if (press.ctrlKey || press.metaKey) return press.key === "a" ? { do: "all" } : null;
  const go = (to: number): PickCommand => ({
    do: "go",
    to: Math.max(0, Math.min(count - 1, to)),
    tick: press.shiftKey,
  });
  switch (press.key) {
    case "ArrowDown":
      return go(at + 1);
    case "ArrowUp":
      return go(at - 1);
    case "Home":
      return go(0);
    case "End":
      return go(count - 1);
    case "Enter":
      return { do: "send" };
    default:
      return null;
  }
}
