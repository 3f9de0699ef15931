/** A pack in memory: what a credential leads to is found at once. */
import type { Entry, Heard } from "./model.ts";
import { type Named, NOBODY, type Whose } from "./names.ts";
import { entriesOf, type Payload } from "./payload.ts";
import { openNames } from "./seal.ts";

/** What is looked up for a scan. */
export interface Lookups {
  /** What a credential leads to, by the digest that names it. */
  entry(k: string): Entry | undefined;
  /** All issues of a record. */
  entriesOf(record: string): readonly Entry[];
  /** What the server told of it. */
  heardOf(record: string): readonly Heard[];
  /** Whose it is, by the list of names. */
  whoseIs(record: string): Whose;
}

interface Held {
  entries: Entry[];
  heard: Heard[];
  names: readonly string[];
  number: string;
}

export class PackIndex implements Lookups {
  readonly #byKey = new Map<string, Entry>();
  readonly #records = new Map<string, Held>();
  /** The most people whom one of the records admits. */
  most = 1;

  /** Takes a whole pack, or replaces all that is known of the records that have changed. */
  async take(payload: Payload, namesKey: CryptoKey): Promise<void> {
    const names = await openNames(namesKey, payload.point.id, payload.names);
    const entries = entriesOf(payload);
    const changed = new Set([...entries.map((one) => one.id), ...payload.redemptions.map((one) => one.record)]);
    if (payload.whole) {
      this.#byKey.clear();
      this.#records.clear();
    } else {
      for (const record of changed) this.#drop(record);
    }
    for (const entry of entries) {
      this.#byKey.set(entry.k, entry);
      this.#held(entry.id).entries.push(entry);
      this.most = Math.max(this.most, entry.admits);
    }
    for (const one of payload.redemptions) this.#held(one.record).heard.push(one);
    for (const [record, own, number = ""] of names) Object.assign(this.#held(record), { names: own, number });
  }

  /** Records that may be shown here. */
  get holders(): number {
    return this.#records.size;
  }

  get names(): Named[] {
    return [...this.#records].filter(([, held]) => held.names.length > 0).map(([record, { names, number }]) => ({ record, names, number }));
  }

  entry(k: string): Entry | undefined {
    return this.#byKey.get(k);
  }

  entriesOf(record: string): readonly Entry[] {
    return this.#records.get(record)?.entries ?? [];
  }

  heardOf(record: string): readonly Heard[] {
    return this.#records.get(record)?.heard ?? [];
  }

  whoseIs(record: string): Whose {
    return this.#records.get(record) ?? NOBODY;
  }

  #drop(record: string): void {
    const held = this.#records.get(record);
    if (!held) return;
    for (const { k } of held.entries) this.#byKey.delete(k);
    // Names are told anew where they changed.
    this.#records.set(record, { ...held, entries: [], heard: [] });
  }

  #held(record: string): Held {
    const held = this.#records.get(record) ?? { entries: [], heard: [], names: [], number: "" };
    this.#records.set(record, held);
    return held;
  }
}
