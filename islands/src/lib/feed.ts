/** Server-sent events that come back by themselves, also where the browser has given up. */
import { pauseBefore } from "./backoff.ts";

export type LinkState = "connecting" | "live" | "waiting" | Refusal;

/** Why coming back is pointless: the login has ended, or the page may no longer be read. */
export type Refusal = "signed-out" | "refused";

/** What a feed needs of `EventSource`, so that tests can stand in for it. */
export interface Source {
  readonly readyState: number;
  onopen: ((event: Event) => unknown) | null;
  onerror: ((event: Event) => unknown) | null;
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
}

export interface FeedOptions {
  events: readonly string[];
  onEvent: (type: string, data: unknown) => void;
  onState: (state: LinkState) => void;
  open?: (url: string) => Source;
  later?: (act: () => void, milliseconds: number) => number;
  cancel?: (timer: number) => void;
  random?: () => number;
  /** Asks why the source has given up; null when it may be tried again. */
  why?: () => Promise<Refusal | null>;
}

const CLOSED = 2;

export class Feed {
  #source: Source | null = null;
  #attempt = 0;
  #turn = 0;
  #timer: number | null = null;

  constructor(
    private readonly url: string,
    private readonly options: FeedOptions,
  ) {}

  /** Connects at once, whatever was waited for before. */
  connect(): void {
    this.stop();
    this.#turn += 1;
    this.options.onState(this.#attempt === 0 ? "connecting" : "waiting");
    const source = (this.options.open ?? openSource)(this.url);
    this.#source = source;
    source.onopen = () => {
      this.#attempt = 0;
      this.options.onState("live");
    };
    source.onerror = () => {
      if (this.#source !== source) return;
      this.options.onState("waiting");
      if (source.readyState === CLOSED) void this.#again();
    };
    for (const type of this.options.events) {
      source.addEventListener(type, (event) => this.#deliver(type, event.data));
    }
  }

  /** Connects unless a connection stands. */
  revive(): void {
    if (this.#source === null || this.#source.readyState === CLOSED) this.connect();
  }

  stop(): void {
    if (this.#timer !== null) (this.options.cancel ?? clearTimeout)(this.#timer);
    this.#timer = null;
    this.#source?.close();
    this.#source = null;
  }

  async #again(): Promise<void> {
    this.stop();
    const turn = ++this.#turn;
    const refusal = this.options.why ? await this.options.why().catch(() => null) : null;
    // Somebody connected anew meanwhile.
    if (turn !== this.#turn) return;
    if (refusal) {
      this.options.onState(refusal);
      return;
    }
    this.#attempt += 1;
    const pause = pauseBefore(this.#attempt, this.options.random);
    const later = this.options.later ?? ((act, milliseconds) => window.setTimeout(act, milliseconds));
    this.#timer = later(() => this.connect(), pause);
  }

  #deliver(type: string, text: string): void {
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch {
      return;
    }
    this.options.onEvent(type, data);
  }
}

/** A source does not tell the status of its answer: asks for it. */
async function whyRefused(url: string): Promise<Refusal | null> {
  const asking = new AbortController();
  try {
    const { status } = await fetch(url, { signal: asking.signal, cache: "no-store" });
    if (status === 401) return "signed-out";
    return status === 403 || status === 404 ? "refused" : null;
  } finally {
    asking.abort();
  }
}

function openSource(url: string): Source {
  return new EventSource(url) as Source;
}

/** A feed of the page: reconnects when the device wakes up or finds its network again. */
export function liveFeed(url: string, options: FeedOptions): Feed {
  const feed = new Feed(url, { why: () => whyRefused(url), ...options });
  addEventListener("online", () => feed.connect());
  addEventListener("offline", () => options.onState("waiting"));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") feed.revive();
  });
  addEventListener("pagehide", () => feed.stop());
  addEventListener("pageshow", (event) => {
    if (event.persisted) feed.connect();
  });
  feed.connect();
  return feed;
}
