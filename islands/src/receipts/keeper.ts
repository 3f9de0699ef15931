/** The device itself: who it scans for, what waits, and sending that with growing pauses. */
import { pauseBefore } from "../lib/backoff.ts";
import type { Kept, Result } from "./model.ts";
import { alone, LATER, sendAll } from "./sending.ts";
import { Away, NoStudent, present, register, SignedOut, whoAmI } from "./server.ts";
import type { Store } from "./store.ts";

/** How the server stands to this device. */
export type Link = "unknown" | "online" | "offline" | "signed-out" | "no-student";

/** What came of a code: marked or refused at once, or kept for later. */
export type Outcome = { readonly told: Result } | { readonly kept: Kept };

/** Why a server refuses the code of another one. */
const ELSEWHERE = "code-elsewhere";

/** Registration that can be asked to send later, in browsers that have it. */
interface Syncing {
  readonly sync?: { register(tag: string): Promise<void> };
}

export class Keeper {
  link: Link = "unknown";
  sending = false;
  person: string | null = null;
  #attempt = 0;
  #again = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly store: Store,
    private readonly changed: () => void,
  ) {}

  async start(): Promise<void> {
    this.person = (await this.store.own()) ?? null;
    await this.store.tidy(Date.now());
    this.changed();
    addEventListener("online", () => this.kick());
    addEventListener("offline", () => this.#became("offline"));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.kick();
    });
    await this.#meet();
  }

  /** Whether this device may sign for the person. */
  async registered(): Promise<boolean> {
    return this.person !== null && (await this.store.key(this.person)) !== undefined;
  }

  /** Tries again now. */
  kick(): void {
    this.#attempt = 0;
    void this.#meet();
  }

  /** Presents a code: to the server while it answers, and otherwise it is kept. */
  async scanned(code: string): Promise<Outcome> {
    const at = Date.now();
    if (this.link === "online") {
      const told = await present(code);
      // Another server showed it: signed and kept, it gets there by way of this one.
      const elsewhere = told?.reason === ELSEWHERE;
      if (told && !elsewhere) return { told };
      if (!elsewhere) this.#became("offline");
    }
    const kept = await this.store.keep(this.person ?? "", code, at);
    await this.#promise();
    this.kick();
    return { kept };
  }

  /** Has the browser send what waits even where the page is closed, if it can. */
  async #promise(): Promise<void> {
    try {
      const ready = (await navigator.serviceWorker?.getRegistration()) as Syncing | undefined;
      await ready?.sync?.register(LATER);
    } catch {
      // Then it is sent when the page is open.
    }
  }

  /** Meets the server: who is signed in, whether the key is known, and what waits. */
  async #meet(): Promise<void> {
    clearTimeout(this.#timer);
    // What came meanwhile is sent afterwards.
    this.#again = this.sending;
    if (this.sending) return;
    this.sending = true;
    try {
      const person = await whoAmI();
      await alone(async () => {
        await register(this.store, person);
        this.person = person;
        await this.store.setOwn(person);
        this.#became("online");
        await sendAll(this.store, person, Date.now);
      });
      this.#attempt = 0;
    } catch (error) {
      this.#became(linkAfter(error));
    } finally {
      this.sending = false;
      this.changed();
    }
    if (this.#again && this.link === "online") {
      void this.#meet();
    } else if (this.link === "offline") {
      this.#timer = setTimeout(() => void this.#meet(), pauseBefore(++this.#attempt));
    }
  }

  #became(link: Link): void {
    this.link = link;
    this.changed();
  }
}

/** How the server stands to this device after something failed. */
export function linkAfter(error: unknown): Link {
  if (error instanceof SignedOut) return "signed-out";
  if (error instanceof NoStudent) return "no-student";
  if (error instanceof Away) return "offline";
  throw error;
}
