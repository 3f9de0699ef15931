/** Keeps a device in touch with the server: sends what waits, renews the pack, says how things stand. */
import { pauseBefore } from "../lib/backoff.ts";
import { randomName } from "../lib/nonce.ts";
import type { Device, Kept, Pack, Point } from "./model.ts";
import { PackIndex } from "./pack-index.ts";
import { BadPack } from "./payload.ts";
import { type Heard, prepare, refresh } from "./preparing.ts";
import type { Desk } from "./presenting.ts";
import { sendAll } from "./sending.ts";
import { Away, Refusal, Revoked, Server } from "./server.ts";
import type { Store } from "./store.ts";

/** Time between two looks at the server while it answers, in milliseconds. */
const LOOK = 30_000;
/** The same, where another page of the phone was at it. */
const SOON = 2_000;
/** Time after which the list of points is asked for again. */
const POINTS = 300_000;
/** A download that breaks off begins anew so often by itself. */
const TRIES = 3;

/** What the page hears. */
export interface Listener {
  changed(): void;
  /** The device was revoked, and its packs and key are gone. */
  revoked(): void;
}

export class Keeper {
  online = navigator.onLine;
  pack: Pack | null = null;
  point: Point | null = null;
  index = new PackIndex();
  counts = { waiting: 0, refused: 0 };
  /** What the server says is wrong; empty while nothing is. */
  problem = "";
  readonly #server: Server;
  readonly #others = new BroadcastChannel("muster-verifier");
  #timer = 0;
  #attempt = 0;
  #asked = 0;
  #reading: Promise<void> = Promise.resolve();

  constructor(
    readonly store: Store,
    public device: Device,
    private readonly listener: Listener,
    private readonly moment: (at: number) => string,
  ) {
    const queued = async (): Promise<number> => (await store.counts()).waiting;
    this.#server = new Server(device, queued, (offset) => (this.device = { ...this.device, offset }));
    this.#others.addEventListener("message", () => void this.#reread());
    addEventListener("online", () => this.kick());
    addEventListener("offline", () => this.away());
  }

  /** Stands at a point from here on. */
  async choose(point: Point | null): Promise<void> {
    this.point = point;
    await this.#read();
    this.kick();
  }

  /** Now, as the server's clock has it, in microseconds. */
  get now(): number {
    return Date.now() * 1000 + this.device.offset;
  }

  get expired(): boolean {
    return this.pack !== null && this.now >= this.pack.expiresAt;
  }

  /** Looks at the server now. */
  kick(): void {
    this.#attempt = 0;
    void this.#look();
  }

  /** The server does not answer. */
  away(): void {
    this.online = false;
    this.listener.changed();
    this.#later(pauseBefore(++this.#attempt));
  }

  /** Fetches the whole pack of the point. */
  async prepare(withoutPhotos: boolean, heard: Heard): Promise<void> {
    const point = this.point;
    if (!point) return;
    const fetchAll = async (): Promise<void> => {
      if (this.device.points.length === 0) await this.#meet();
      await prepare(this.store, this.#server, this.device, { point: point.id, withoutPhotos }, heard);
    };
    try {
      await navigator.locks.request("muster-verifier", () => again(fetchAll));
      this.online = true;
      this.problem = "";
    } catch (error) {
      await this.#failed(error);
      throw error;
    } finally {
      await this.#changed();
    }
  }

  /** What presenting something needs. */
  desk(point: Point): Desk {
    return {
      device: this.device,
      point,
      store: this.store,
      pack: this.pack,
      lookups: this.index,
      online: this.online,
      redeem: (item, signal) => this.#server.redeem(item, signal),
      away: () => this.away(),
      moment: this.moment,
      clock: Date.now,
      alone: (work) => navigator.locks.request("muster-verifier-decision", work),
    };
  }

  /** After something was presented: other pages hear of it, and what waits is sent. */
  async presented(kept: Kept): Promise<void> {
    await this.#changed();
    if (kept.progress === "waiting" && this.online) this.kick();
  }

  /** Takes a scan back, and has that sent after it. */
  async takeBack(scan: Kept, reason: string): Promise<void> {
    const { nonce: undo, point } = scan;
    const waits = { progress: "waiting", answer: "" } as const;
    await this.store.takeBack(scan, { nonce: randomName(), point, undo, reason, clock: Date.now(), ...waits });
    await this.#changed();
    if (this.online) this.kick();
  }

  /** Hears that something the page asked of the server went wrong; what, in words. */
  async failed(error: unknown): Promise<string> {
    await this.#failed(error);
    return wrong(error);
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    if (!navigator.onLine) return this.away();
    try {
      let next = LOOK;
      await navigator.locks.request("muster-verifier", { ifAvailable: true }, async (lock) => {
        // Another page of this phone is at it; it may be closed before it is done.
        if (lock === null) {
          next = SOON;
          return;
        }
        await sendAll(this.store, this.#server, () => this.now);
        if (Date.now() - this.#asked > POINTS) await this.#meet();
        if (this.pack) await refresh(this.store, this.#server, this.device, this.pack);
      });
      this.online = true;
      this.problem = "";
      this.#attempt = 0;
      this.#later(next);
    } catch (error) {
      await this.#failed(error);
    }
    await this.#changed();
  }

  async #failed(error: unknown): Promise<void> {
    if (error instanceof Revoked) {
      clearTimeout(this.#timer);
      await this.store.forget();
      this.#others.postMessage("changed");
      return this.listener.revoked();
    }
    if (error instanceof Away) return this.away();
    // The server answers and something is wrong with it: that is said, and tried again in its time.
    this.online = true;
    this.problem = wrong(error);
    this.#later(LOOK);
  }

  async #meet(): Promise<void> {
    const known = await this.#server.me();
    this.device = { ...this.device, ...known };
    await this.store.setDevice(this.device);
    this.#asked = Date.now();
  }

  #later(pause: number): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#look(), pause);
  }

  async #changed(): Promise<void> {
    this.#others.postMessage("changed");
    await this.#reread();
  }

  /** Reads anew what this page or another one of the phone has changed. */
  async #reread(): Promise<void> {
    if ((await this.store.device()) === undefined) {
      clearTimeout(this.#timer);
      return this.listener.revoked();
    }
    await this.#read();
  }

  /** One reading after another, so that each part of a pack is taken once. */
  #read(): Promise<void> {
    const next = (): Promise<void> => this.#readNow();
    this.#reading = this.#reading.then(next, next);
    return this.#reading;
  }

  async #readNow(): Promise<void> {
    const pack = this.point ? ((await this.store.pack(this.point.id)) ?? null) : null;
    const goesOn = pack !== null && this.pack?.point.id === pack.point.id && this.pack.first === pack.first;
    const index = goesOn ? this.index : new PackIndex();
    if (pack) {
      const from = goesOn ? (this.pack?.last ?? 0) + 1 : pack.first;
      for (const part of await this.store.parts(pack.point.id, from)) await index.take(part, this.device.namesKey);
    }
    // A pack that is the same stays the same object: what was made of it holds.
    const same = goesOn && this.pack?.last === pack.last && this.pack.issuedAt === pack.issuedAt;
    if (!same) this.pack = pack;
    this.index = index;
    this.counts = await this.store.counts();
    this.listener.changed();
  }
}

/** What is wrong, in words. */
export function wrong(error: unknown): string {
  if (error instanceof Away) return "The server could not be reached. Check the network and try again.";
  if (error instanceof Refusal || error instanceof BadPack) return error.message || "The server does not take this.";
  return "Something went wrong on this phone. Open the page anew.";
}

/** Tries again, with growing pauses, what the network broke off. */
async function again(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Away) || attempt === TRIES || !navigator.onLine) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseBefore(attempt)));
    }
  }
}
