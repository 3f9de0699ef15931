/** What the device keeps, in the browser's database: nothing of a pack counts before all of it is there. */
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from "idb";
import type { Device, Entry, Heard, Kept, Pack, Reversal } from "./model.ts";
import { type Payload, entriesOf } from "./payload.ts";

interface Schema extends DBSchema {
  device: { key: string; value: Device };
  packs: { key: string; value: Pack & { readonly id: string } };
  entries: { key: [string, string]; value: Entry; indexes: { record: [string, string] } };
  heard: { key: [string, string]; value: HeardRow; indexes: { record: [string, string] } };
  scans: { key: string; value: Kept; indexes: { record: string; clock: number; progress: string } };
  reversals: { key: string; value: Reversal; indexes: { progress: string } };
}

/** A scan that the server told of, with the point whose pack told. */
type HeardRow = Heard & { readonly pack: string };

const OWN = "own";
/** Sent scans that are kept for the eye. */
const SHOWN = 100;

/** What waits, in the order in which it is sent. */
export type Waiting = Kept | Reversal;

export class Store {
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  static async open(name = "muster-verifier"): Promise<Store> {
    const db = await openDB<Schema>(name, 1, {
      upgrade(made) {
        made.createObjectStore("device");
        made.createObjectStore("packs", { keyPath: "id" });
        const entries = made.createObjectStore("entries", { keyPath: ["point", "k"] });
        entries.createIndex("record", ["point", "id"]);
        const heard = made.createObjectStore("heard", { keyPath: ["pack", "id"] });
        heard.createIndex("record", ["pack", "record"]);
        const scans = made.createObjectStore("scans", { keyPath: "nonce" });
        for (const name of ["record", "clock", "progress"] as const) scans.createIndex(name, name);
        made.createObjectStore("reversals", { keyPath: "nonce" }).createIndex("progress", "progress");
      },
      // A newer version of the page waits for this one to let go.
      blocking: (_old, _new, event) => (event.target as IDBDatabase).close(),
    });
    return new Store(db);
  }

  device(): Promise<Device | undefined> {
    return this.db.get("device", OWN);
  }

  async setDevice(device: Device): Promise<void> {
    await this.db.put("device", device, OWN);
  }

  /** Forgets who the device is, and all packs; scans stay. */
  async forget(): Promise<void> {
    const all = this.db.transaction(["device", "packs", "entries", "heard"], "readwrite");
    await Promise.all([
      all.objectStore("device").clear(),
      all.objectStore("packs").clear(),
      all.objectStore("entries").clear(),
      all.objectStore("heard").clear(),
      all.done,
    ]);
  }

  pack(point: string): Promise<Pack | undefined> {
    return this.db.get("packs", point);
  }

  packs(): Promise<Pack[]> {
    return this.db.getAll("packs");
  }

  /** What a credential leads to, by the digest that names it. */
  entry(point: string, k: string): Promise<Entry | undefined> {
    return this.db.get("entries", [point, k]);
  }

  /** All issues of a record. */
  entriesOf(point: string, id: string): Promise<Entry[]> {
    return this.db.getAllFromIndex("entries", "record", [point, id]);
  }

  heardOf(point: string, id: string): Promise<Heard[]> {
    return this.db.getAllFromIndex("heard", "record", [point, id]);
  }

  /** The scans of this device about a record. */
  scansOf(id: string): Promise<Kept[]> {
    return this.db.getAllFromIndex("scans", "record", id);
  }

  scan(nonce: string): Promise<Kept | undefined> {
    return this.db.get("scans", nonce);
  }

  /** Writes a scan down; once this is done, it outlives the page and the phone's battery. */
  async keep(scan: Kept): Promise<void> {
    const write = this.db.transaction("scans", "readwrite", { durability: "strict" });
    await Promise.all([write.store.put(scan), write.done]);
  }

  /** Takes a scan back. */
  async takeBack(scan: Kept, reversal: Reversal): Promise<void> {
    const write = this.db.transaction(["scans", "reversals"], "readwrite", { durability: "strict" });
    await Promise.all([
      write.objectStore("scans").put({ ...scan, undone: reversal.reason }),
      write.objectStore("reversals").put(reversal),
      write.done,
    ]);
  }

  /** What is to be sent, the oldest first; a reversal comes after its scan. */
  async waiting(): Promise<Waiting[]> {
    const read = this.db.transaction(["scans", "reversals"]);
    const [scans, reversals] = await Promise.all([
      read.objectStore("scans").index("progress").getAll("waiting"),
      read.objectStore("reversals").index("progress").getAll("waiting"),
    ]);
    return [...scans, ...reversals].sort((a, b) => a.clock - b.clock || Number("undo" in a) - Number("undo" in b));
  }

  /** How many wait to be sent, and how many the server refused. */
  async counts(): Promise<{ waiting: number; refused: number }> {
    const count = async (of: string): Promise<number> =>
      (await this.db.countFromIndex("scans", "progress", of)) +
      (await this.db.countFromIndex("reversals", "progress", of));
    return { waiting: await count("waiting"), refused: await count("refused") };
  }

  /** Writes down what became of what was sent. What somebody did meanwhile stays. */
  async settle(done: readonly Waiting[]): Promise<void> {
    const write = this.db.transaction(["scans", "reversals"], "readwrite");
    for (const one of done) {
      if ("undo" in one) {
        await write.objectStore("reversals").put(one);
        continue;
      }
      const now = await write.objectStore("scans").get(one.nonce);
      await write.objectStore("scans").put({ ...one, undone: now?.undone ?? one.undone });
    }
    await write.done;
  }

  /** The latest scans. */
  async latest(limit: number): Promise<Kept[]> {
    const found: Kept[] = [];
    let cursor = await this.db.transaction("scans").store.index("clock").openCursor(null, "prev");
    while (cursor && found.length < limit) {
      found.push(cursor.value);
      cursor = await cursor.continue();
    }
    return found;
  }

  /** Drops something that the server refused, once somebody has seen why. */
  async drop(nonce: string): Promise<void> {
    const write = this.db.transaction(["scans", "reversals"], "readwrite");
    for (const name of ["scans", "reversals"] as const) {
      const store = write.objectStore(name);
      if ((await store.get(nonce))?.progress === "refused") await store.delete(nonce);
    }
    await write.done;
  }

  /** What the server refused, with its reasons. */
  async refused(): Promise<Waiting[]> {
    const scans = await this.db.getAllFromIndex("scans", "progress", "refused");
    return [...scans, ...(await this.db.getAllFromIndex("reversals", "progress", "refused"))];
  }

  /** Drops old scans that the server has: those before the oldest pack tells of anyway. */
  async tidy(): Promise<void> {
    const oldest = (await this.latest(SHOWN)).at(-1)?.clock ?? 0;
    const write = this.db.transaction("scans", "readwrite");
    const day = 36 * 3_600_000;
    const before = Math.min(oldest, Date.now() - day);
    let cursor = await write.store.index("clock").openCursor(IDBKeyRange.upperBound(before, true));
    while (cursor) {
      if (cursor.value.progress === "sent") await cursor.delete();
      cursor = await cursor.continue();
    }
    await write.done;
  }

  /** Takes a pack, or what has changed in it: all of it or nothing. */
  async take(payload: Payload): Promise<void> {
    const write = this.db.transaction(["packs", "entries", "heard"], "readwrite");
    try {
      await replace(write, payload);
      await write.done;
    } catch (error) {
      // What was written before stays with what could not be: as it was before both.
      const ended = write.done.catch(() => undefined);
      if (write.error === null) write.abort();
      await ended;
      throw error;
    }
  }
}

type Taking = IDBPTransaction<Schema, ("packs" | "entries" | "heard")[], "readwrite">;

async function replace(write: Taking, payload: Payload): Promise<void> {
  const { point, whole } = payload;
  const [packs, entries, heard] = [write.objectStore("packs"), write.objectStore("entries"), write.objectStore("heard")];
  const before = whole ? undefined : await packs.get(point.id);
  const fresh = entriesOf(payload);
  const ids = new Set([...fresh.map((one) => one.id), ...payload.redemptions.map((one) => one.record)]);
  let holders = whole ? ids.size : (before?.holders ?? 0);
  if (whole) {
    const all = IDBKeyRange.bound([point.id], [point.id, []]);
    await Promise.all([entries.delete(all), heard.delete(all)]);
  } else {
    for (const id of ids) {
      const known = await entries.index("record").getAllKeys([point.id, id]);
      if (known.length === 0) holders += 1;
      const told = await heard.index("record").getAllKeys([point.id, id]);
      await Promise.all([...known.map((key) => entries.delete(key)), ...told.map((key) => heard.delete(key))]);
    }
  }
  await Promise.all([
    ...fresh.map(async (one) => entries.put(one)),
    ...payload.redemptions.map(async (one) => heard.put({ ...one, pack: point.id })),
    packs.put({ ...packOf(payload, before, fresh), id: point.id, holders }),
  ]);
}

function packOf(payload: Payload, before: Pack | undefined, fresh: readonly Entry[]): Pack {
  const { point, points, keys, rule, names, cursor } = payload;
  return {
    point,
    points,
    keys,
    rule,
    cursor,
    issuedAt: payload.issued_at,
    expiresAt: payload.expires_at,
    mayOverride: payload.may_override,
    holders: 0,
    most: fresh.reduce((most, one) => Math.max(most, one.admits), before?.most ?? 1),
    names: names === "" ? (before?.names ?? []) : [...(before?.names ?? []), names],
  };
}
