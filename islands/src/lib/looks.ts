/** How a camera's picture is looked at: mostly quickly where codes are held, now and then for any code anywhere. */

/** One way of looking at a picture. */
export interface Look {
  /** Only the square in the middle, which is all that the page shows of it. */
  readonly square: boolean;
  /** About how many pixels the longest side of what is read has. */
  readonly side: number;
  /** Light on dark too, and what is so near that it is blurred. */
  readonly thorough: boolean;
}

/** What a look takes of a picture: a part of it, of which every `step` pixels become one. */
export interface Part {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly step: number;
}

/** A code in the frame: five pixels a module if it fills that. */
const NEAR: Look = { square: true, side: 400, thorough: false };
/** A small code in what the page shows. */
const FAR: Look = { square: true, side: 800, thorough: false };
/** Any code, also one across a hall or at the edge. */
const ANY: Look = { square: false, side: 1280, thorough: true };

/** What the quick look has not found. */
const OTHERS: readonly Look[] = [FAR, ANY];
/** Quick looks that find something, one after another, before another has its turn: there may be a second code. */
const QUICK = 8;

/** Which look comes next: the quick one, and another after it where it finds nothing. */
export class Looks {
  #now = NEAR;
  #found = 0;
  #others = 0;

  get now(): Look {
    return this.#now;
  }

  /** Hears whether the look found anything. */
  heard(found: boolean): void {
    if (this.#now !== NEAR || (found && ++this.#found < QUICK)) {
      this.#now = NEAR;
      return;
    }
    this.#found = 0;
    this.#now = OTHERS[this.#others++ % OTHERS.length] ?? NEAR;
  }
}

/** What a look takes of a picture of that size. It begins at an even pixel, as video stores colours. */
export function partOf(look: Look, width: number, height: number): Part {
  const side = Math.min(width, height);
  const [wide, high] = look.square ? [side, side] : [width, height];
  const step = Math.max(1, Math.round(Math.max(wide, high) / look.side));
  const even = (space: number): number => 2 * Math.floor(space / 4);
  return { x: even(width - wide), y: even(height - high), width: wide, height: high, step };
}
