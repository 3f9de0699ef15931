/** Columns of fields, one below the other: where a key leads, and what was copied from a table. */

/** The field to which a key leads from the one at `at` of `count`; null if it leads nowhere. */
export function led(key: string, shift: boolean, at: number, count: number): number | null {
  const by = key === "ArrowUp" || (key === "Enter" && shift) ? -1 : key === "ArrowDown" || key === "Enter" ? 1 : 0;
  const to = at + by;
  return by !== 0 && to >= 0 && to < count ? to : null;
}

/** The cells of a column that was copied; null if it is a single cell, which pastes by itself. */
export function cells(text: string): string[] | null {
  const lines = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "").split("\n");
  if (lines.length < 2) return null;
  return lines.map((line) => (line.split("\t")[0] ?? "").trim());
}
