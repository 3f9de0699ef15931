/** Pauses between attempts: one second, then longer, at most half a minute, never in step with others. */
export function pauseBefore(attempt: number, random: () => number = Math.random): number {
  const longest = Math.min(30_000, 1_000 * 2 ** Math.max(0, attempt - 1));
  return Math.round(longest * (0.5 + random() / 2));
}
