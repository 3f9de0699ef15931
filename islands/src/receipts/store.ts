/** What the device keeps, in the browser's database: a scan is kept before the page says so. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Kept, OwnKey } from "./model.ts";
import { makeReceipt, NOTHING } from "./receipt.ts";

interface Schema extends DBSchema {
  keys: { key: string; value: OwnKey };
  receipts: { key: string; value: Kept; indexes: { progress: string; at: number } };
  /** Who was signed in here last. */
  own: { key: string; value: string };
}

const OWN = "person";
/** Scans that are shown. */
const SHOWN = 50;
/** How long sent ones are kept for the eye, in milliseconds. */
const MONTH = 30 * 24 * 3_600_000;

/** There is no key to sign with: this device was never registered for the person. */
export class NoKey extends Error {
  override readonly name = "NoKey";
}

export class Store {
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  static async open(name = "muster-student"): Promise<Store> {
    const db = await openDB<Schema>(name, 1, {
      upgrade(made) {
        made.createObjectStore("keys", { keyPath: "person" });
        made.createObjectStore("own");
        const receipts = made.createObjectStore("receipts", { keyPath: "id" });
        for (const index of ["progress", "at"] as const) receipts.createIndex(index, index);
      },
      // A newer version of the page waits for this one to let go.
      blocking: (_old, _new, event) => (event.target as IDBDatabase).close(),
    });
    return new Store(db);
  }

  /** Who scans here: whoever was signed in last. */
  own(): Promise<string | undefined> {
    return this.db.get("own", OWN);
  }

  async setOwn(person: string): Promise<void> {
    await this.db.put("own", person, OWN);
  }

  key(person: string): Promise<OwnKey | undefined> {
    return this.db.get("keys", person);
  }

  /** Takes a key; one of the same name stays, for its receipts go on from one another. */
  async setKey(key: OwnKey): Promise<void> {
    const write = this.db.transaction("keys", "readwrite");
    const before = await write.store.get(key.person);
    if (before?.id !== key.id) await write.store.put(key);
    await write.done;
  }

  /** Signs a code and writes that down; once this is done, it outlives the page and the battery. */
  async keep(person: string, code: string, at: number): Promise<Kept> {
    for (;;) {
      const key = await this.db.get("keys", person);
      if (!key) throw new NoKey("this device is not registered");
      const same = (await this.waiting(person)).find((one) => one.code === code);
      if (same) return same;
      const { id: name, sequence: last, head: previous } = key;
      const id = crypto.randomUUID();
      const sequence = last + 1;
      const said = { id, key: name, sequence, previous, scannedAt: at * 1000, code, next: null };
      const { receipt, hash } = await makeReceipt(key.key, said);
      const kept: Kept = { id, person, code, receipt, sequence, at, progress: "waiting", result: null };
      const write = this.db.transaction(["keys", "receipts"], "readwrite", { durability: "strict" });
      // Signing takes its time: another tab may have been faster.
      const now = await write.objectStore("keys").get(person);
      const fits = now?.id === name && now.sequence === last;
      if (fits) {
        await write.objectStore("keys").put({ ...now, sequence, head: hash });
        await write.objectStore("receipts").put(kept);
      }
      await write.done;
      if (fits) return kept;
    }
  }

  /** What a person's device has still to send, the oldest first. */
  async waiting(person: string): Promise<Kept[]> {
    const all = await this.db.getAllFromIndex("receipts", "progress", "waiting");
    return all.filter((one) => one.person === person).sort((a, b) => a.sequence - b.sequence);
  }

  /** How much waits of anybody else's who was signed in here. */
  async waitingOfOthers(person: string): Promise<number> {
    const all = await this.db.getAllFromIndex("receipts", "progress", "waiting");
    return all.filter((one) => one.person !== person).length;
  }

  /** Writes down what became of what was sent; what the server did not answer still waits. */
  async settle(done: readonly Kept[]): Promise<void> {
    const write = this.db.transaction("receipts", "readwrite", { durability: "strict" });
    for (const one of done) await write.store.put(one);
    await write.done;
  }

  /** A person's latest scans. */
  async latest(person: string): Promise<Kept[]> {
    const found: Kept[] = [];
    let cursor = await this.db.transaction("receipts").store.index("at").openCursor(null, "prev");
    while (cursor && found.length < SHOWN) {
      if (cursor.value.person === person) found.push(cursor.value);
      cursor = await cursor.continue();
    }
    return found;
  }

  /** Drops what was answered long ago. */
  async tidy(now: number): Promise<void> {
    const write = this.db.transaction("receipts", "readwrite");
    let cursor = await write.store.index("at").openCursor(IDBKeyRange.upperBound(now - MONTH));
    while (cursor) {
      if (cursor.value.progress !== "waiting") await cursor.delete();
      cursor = await cursor.continue();
    }
    await write.done;
  }
}

/** A key that has signed nothing yet. */
export function freshKey(person: string, id: string, key: CryptoKey, shown: JsonWebKey): OwnKey {
  return { person, id, key, shown, sequence: 0, head: NOTHING };
}
