/** Which codes in front of a camera are new: one that stays in the picture is presented once. */

/** A code that was out of sight for so long may be presented again, in milliseconds. */
const FORGOTTEN = 2500;

export class Sightings {
  readonly #seen = new Map<string, number>();

  /** Notes that a code is in the picture; true if it is to be presented, which `ready` allows. */
  isNew(text: string, now: number, ready: boolean): boolean {
    for (const [other, at] of this.#seen) if (now - at >= FORGOTTEN) this.#seen.delete(other);
    const known = this.#seen.has(text);
    if (!known && !ready) return false;
    this.#seen.set(text, now);
    return !known;
  }
}
