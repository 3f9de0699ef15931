/** What the device keeps, in the browser's database: nothing of a pack counts before all of it is there. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Device, Kept, Pack, Reversal } from "./model.ts";
import type { Opened, Payload } from "./payload.ts";

interface Schema extends DBSchema {
  device: { key: string; value: Device };
  packs: { key: string; value: Pack & { readonly id: string } };
  /** The texts of a pack by point and number: one long one is written and read sooner than many rows. */
  parts: { key: [string, number]; value: string };
  scans: { key: string; value: Kept; indexes: { record: string; clock: number; progress: string } };
  reversals: { key: string; value: Reversal; indexes: { progress: string } };
}

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
        made.createObjectStore("parts");
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
    const all = this.db.transaction(["device", "packs", "parts"], "readwrite");
    await Promise.all([
      all.objectStore("device").clear(),
      all.objectStore("packs").clear(),
      all.objectStore("parts").clear(),
      all.done,
    ]);
  }

  pack(point: string): Promise<Pack | undefined> {
    return this.db.get("packs", point);
  }

  packs(): Promise<Pack[]> {
    return this.db.getAll("packs");
  }

  /** The parts of a pack, from the one of that number on. */
  async parts(point: string, from: number): Promise<Payload[]> {
    const texts = await this.db.getAll("parts", IDBKeyRange.bound([point, from], [point, Infinity]));
    return texts.map((text) => JSON.parse(text) as Payload);
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
  async take({ payload, text }: Opened): Promise<void> {
    const point = payload.point.id;
    const write = this.db.transaction(["packs", "parts"], "readwrite", { durability: "strict" });
    const [packs, parts] = [write.objectStore("packs"), write.objectStore("parts")];
    const before = await packs.get(point);
    const last = (before?.last ?? 0) + 1;
    const first = payload.whole ? last : (before?.first ?? last);
    const old = IDBKeyRange.bound([point, 0], [point, last], false, true);
    await Promise.all([
      packs.put({ ...packOf(payload), id: point, first, last }),
      payload.whole ? parts.delete(old) : undefined,
      parts.put(text, [point, last]),
      write.done,
    ]);
  }
}

function packOf(payload: Payload): Omit<Pack, "first" | "last"> {
  const { point, points, keys, rule, cursor } = payload;
  return {
    point,
    points,
    keys,
    rule,
    cursor,
    issuedAt: payload.issued_at,
    expiresAt: payload.expires_at,
    mayOverride: payload.may_override,
    withoutPhotos: payload.without_photos,
  };
}
