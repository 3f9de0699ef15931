/** Made-up input for the tests of decoders: a seed makes the same case each time, and a failure names its seed. */

/** Beginnings of items that CBOR has and we have not, and lengths beyond all bounds. */
const ODD = ["5bffffffffffffffff", "1b0020000000000000", "9bffffffffffffffff", "5f", "7f", "9f", "bf", "ff", "f6", "fb7ff0000000000000", "d818", "1800"];

/** Chooses as its seed has it (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0, below that one. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  }

  pick<One>(list: readonly One[]): One {
    const one = list[this.below(list.length)];
    if (one === undefined) throw new Error("nothing to pick from");
    return one;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}

/** Judges cases; which one failed is told by its seed. Any may be made again by `from` that seed and `many` 1. */
export async function cases(many: number, judge: (chance: Chance) => unknown, from = 1): Promise<void> {
  for (let seed = from; seed < from + many; seed++) {
    try {
      await judge(new Chance(seed));
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
    }
  }
}

/** One of several good ones, as it may be after an accident or in bad faith; seldom still good. */
export function mutated(chance: Chance, good: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const one = chance.pick(good);
  const at = chance.below(one.length + 1);
  const until = at + chance.below(one.length - at + 1);
  switch (chance.below(9)) {
    case 0:
      return flipped(chance, one, 1);
    case 1:
      return flipped(chance, one, 2 + chance.below(7));
    case 2:
      return Uint8Array.from(one.subarray(0, at));
    case 3:
      return joined(one, chance.bytes(1 + chance.below(64)));
    case 4:
      return joined(one.subarray(0, at), chance.bytes(1 + chance.below(16)), one.subarray(until));
    case 5:
      return joined(one.subarray(0, until), one.subarray(at));
    case 6:
      return spliced(chance, one, chance.pick(good));
    case 7:
      return joined(one.subarray(0, at), fromHex(chance.pick(ODD)), one.subarray(Math.min(until, at + 9)));
    default:
      return joined(one.subarray(0, chance.below(12)), chance.bytes(chance.below(400)));
  }
}

/** The same of texts, whose letters come from an alphabet. */
export function mutatedText(chance: Chance, good: readonly string[], alphabet: readonly string[]): string {
  const one = chance.pick(good);
  const at = chance.below(one.length + 1);
  const letters = Array.from({ length: chance.below(20) }, () => chance.pick(alphabet)).join("");
  const other = chance.pick(good);
  switch (chance.below(5)) {
    case 0:
      return one.slice(0, at) + chance.pick(alphabet) + one.slice(at + 1);
    case 1:
      return one.slice(0, at) + one.slice(at + 1 + chance.below(20));
    case 2:
      return one.slice(0, at) + letters + one.slice(at);
    case 3:
      return one.slice(0, at) + other.slice(chance.below(other.length + 1));
    default:
      return letters + chance.pick(alphabet).repeat(chance.below(4_000));
  }
}

/** Bytes that are written in hexadecimal. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function flipped(chance: Chance, bytes: Uint8Array, many: number): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes);
  for (let flip = 0; flip < many; flip++) {
    const at = chance.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << chance.below(8));
  }
  return copy;
}

/** The beginning of one and the end of the other, at the same place half of the time. */
function spliced(chance: Chance, one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const at = chance.below(one.length + 1);
  const from = chance.below(2) === 0 ? Math.min(at, other.length) : chance.below(other.length + 1);
  return joined(one.subarray(0, at), other.subarray(from));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
