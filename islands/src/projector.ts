/** The projector: the code of the moment, as large as fits, from a stock that outlasts the network. */
import { pauseBefore } from "./lib/backoff.ts";
import { ServerClock } from "./lib/clock.ts";
import { CodeStock, elapsed, groups, type Code, type Codes } from "./lib/codes.ts";
import { all, fillCounts, locale, one, setText, showLink } from "./lib/dom.ts";
import { liveFeed, type LinkState } from "./lib/feed.ts";
import { path } from "./lib/qr.ts";
import { installScreen } from "./lib/screen.ts";
import { apply, here, nothingYet, type SessionState } from "./lib/session.ts";
import { clockTime, countdown } from "./lib/time.ts";

const FETCH_EVERY = 30_000;

class Projector {
  readonly #clock = new ServerClock();
  readonly #stock = new CodeStock();
  #state: SessionState = nothingYet;
  #link: LinkState = "connecting";
  #shown: number | null = null;
  #failures = 0;
  #timer = 0;

  constructor(private readonly root: HTMLElement) {}

  start(): void {
    installScreen(this.root);
    void this.#fetch();
    liveFeed(this.root.dataset["events"] ?? "", {
      events: ["snapshot", "mark", "session"],
      onState: (link) => {
        const back = link === "live" && this.#failures > 0;
        const lost = link === "waiting" && this.#link === "live";
        this.#link = link;
        // Back: fill the stock. Lost: find out at once whether the server is, to say how long the stock lasts.
        if (back || lost) void this.#fetch();
      },
      onEvent: (type, data) => this.#event(type, data),
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.#fetch();
    });
    setInterval(() => this.#tick(), 200);
  }

  #event(type: string, data: unknown): void {
    this.#state = apply(this.#state, type, data).state;
    const { counts, session } = this.#state;
    if (session) this.#clock.sample(session.server_time);
    if (counts) fillCounts(this.root, { ...counts, here: here(counts) });
    this.#tick();
  }

  async #fetch(): Promise<void> {
    clearTimeout(this.#timer);
    const sent = Date.now();
    try {
      const signal = AbortSignal.timeout(8_000);
      const url = this.root.dataset["codes"] ?? "";
      const response = await fetch(url, { headers: { accept: "application/json" }, signal, cache: "no-store" });
      if (response.status === 409) location.reload();
      if (response.status === 401) this.#link = "signed-out";
      if (!response.ok) throw new Error(String(response.status));
      const body = (await response.json()) as Codes;
      this.#clock.sample(body.server_time, sent);
      this.#stock.add(body.codes);
      this.#failures = 0;
      this.#plan(FETCH_EVERY);
    } catch {
      this.#failures += 1;
      this.#plan(pauseBefore(this.#failures));
    }
    this.#tick();
  }

  #plan(pause: number): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#fetch(), pause);
  }

  #tick(): void {
    const now = this.#clock.now();
    const closed = this.#state.session?.state === "closed";
    const code = closed ? null : this.#stock.at(now);
    const screen = closed ? "closed" : code ? "code" : this.#first(now) ? "first" : "empty";
    this.root.dataset["screen"] = screen;
    if (code) this.#draw(code, now);
    this.#say(closed, code, now);
    const ends = this.#state.session?.ends_at;
    for (const element of all("[data-countdown]", this.root)) {
      const until = ends ?? element.dataset["countdown"];
      if (until) setText(element, countdown(Date.parse(until) - now));
    }
  }

  /** Whether the code that came with the page is still to be shown. */
  #first(now: number): boolean {
    return this.#shown === null && now < Date.parse(this.root.dataset["until"] ?? "");
  }

  #draw(code: Code, now: number): void {
    one("[data-ring]", this.root)?.setAttribute("stroke-dasharray", `${(100 * elapsed(code, now)).toFixed(1)} 100`);
    if (this.#shown === code.step) return;
    this.#shown = code.step;
    const svg = one<SVGElement>("[data-qr] svg", this.root);
    const size = code.qr.size;
    svg?.setAttribute("viewBox", `-2 -2 ${size + 4} ${size + 4}`);
    one("path", svg ?? this.root)?.setAttribute("d", path(code.qr));
    const parts = groups(code.typed_code).map((group) => {
      const span = document.createElement("span");
      span.textContent = group;
      return span;
    });
    one("[data-typed]", this.root)?.replaceChildren(...parts);
  }

  #say(closed: boolean, code: Code | null, now: number): void {
    if (closed) showLink(this.root, "ended", "This session is closed.");
    else if (this.#failures === 0 || this.#link === "signed-out") showLink(this.root, this.#link);
    else if (code) {
      const until = this.#stock.lastsUntil() ?? now;
      const words = clockTime(until, locale(), this.root.dataset["zone"]);
      showLink(this.root, "waiting", `Offline – codes last until ${words}`);
    } else if (this.#first(now)) showLink(this.root, "waiting");
    else showLink(this.root, "waiting", "The server can't be reached. A new code comes with it.");
  }
}

const root = one("[data-projector]");
if (root) new Projector(root).start();
