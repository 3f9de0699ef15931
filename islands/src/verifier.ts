/** The app of enrolled phones: it enrols, prepares for a gate or an exam room, and verifies there with or without a network. */
import { all, one, setText } from "./lib/dom.ts";
import { GateView } from "./offline/gate-view.ts";
import { Keeper, wrong } from "./offline/keeper.ts";
import type { Device, Pack, Point } from "./offline/model.ts";
import { makeOpenable, makeLasting } from "./offline/readiness.ts";
import { enrol } from "./offline/server.ts";
import { Store } from "./offline/store.ts";
import { age, momentIn } from "./offline/words.ts";

/** Where the phone stood last. */
const STOOD = "muster.point";
/** Ages are written anew so often, in milliseconds. */
const BEAT = 10_000;

const page = one("[data-verifier]");
if (page) void open(page);

async function open(page: HTMLElement): Promise<void> {
  const store = await Store.open();
  await store.tidy();
  addEventListener("hashchange", () => location.reload());
  const code = /^#enrol=([\w-]+)$/.exec(location.hash)?.[1];
  const device = await store.device();
  if (code !== undefined) offerEnrolment(page, store, code);
  else if (device) await new App(page, store, device).start();
  else if ((await store.counts()).waiting > 0) await showRevoked(page, store);
  else show(page, "none");
}

/** Shows one part of the page. */
function show(page: HTMLElement, view: string): void {
  for (const part of all("[data-view]", page)) part.hidden = part.dataset["view"] !== view;
}

function offerEnrolment(page: HTMLElement, store: Store, code: string): void {
  show(page, "enrol");
  const form = one<HTMLFormElement>("[data-enrol]", page);
  const error = one("[data-enrol-error]", page);
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = one("button", form);
    if (button?.getAttribute("aria-busy") === "true") return;
    button?.setAttribute("aria-busy", "true");
    const name = one<HTMLInputElement>("input", form)?.value.trim() ?? "";
    const made = enrol(code, name).then(async (device) => {
      // The device of before, if there was one, is another's from here on.
      await store.forget();
      await store.setDevice(device);
      history.replaceState(null, "", location.pathname);
      location.reload();
    });
    made.catch((why: unknown) => {
      error?.removeAttribute("hidden");
      if (error) setText(one("span", error), wrong(why));
      button?.removeAttribute("aria-busy");
    });
  });
}

async function showRevoked(page: HTMLElement, store: Store): Promise<void> {
  show(page, "revoked");
  one("[data-bar]", page)?.setAttribute("hidden", "");
  one("[data-sending]", page)?.setAttribute("hidden", "");
  one("[data-problem]", page)?.setAttribute("hidden", "");
  const { waiting } = await store.counts();
  const kept = `${waiting === 1 ? "One scan was" : `${waiting} scans were`} not sent yet. They stay on this phone and are sent once it is enrolled again: don’t clear the browser’s data.`;
  setText(one("[data-unsent]", page), waiting > 0 ? kept : "Everything that it scanned was sent.");
}

/** Whether a place works without a network. */
function readiness({ kind }: Point, pack: Pack | null, expired: boolean): string {
  if (pack === null) return `This phone has no pack for this ${kind}: without a network nobody can be verified here.`;
  if (expired) return "The pack has expired: it is renewed as soon as this phone is online.";
  const photos = pack.withoutPhotos ? " Photos are not in it." : "";
  return `Ready: this ${kind} works without a network. The pack is renewed while there is one.${photos}`;
}

class App {
  readonly #keeper: Keeper;
  readonly #gate: GateView;
  #ended = false;

  constructor(
    private readonly page: HTMLElement,
    private readonly store: Store,
    device: Device,
  ) {
    const zone = page.dataset["zone"] ?? "";
    const listener = { changed: () => this.#show(), revoked: () => this.#revoked() };
    this.#keeper = new Keeper(store, device, listener, momentIn(zone));
    this.#gate = new GateView({ page, zone, icons: page.dataset["icons"] ?? "" }, this.#keeper);
    one("[data-elsewhere]", page)?.addEventListener("click", () => void this.#stand(null));
    one("[data-send]", page)?.addEventListener("click", () => this.#keeper.kick());
    one("[data-prepare-start]", page)?.addEventListener("click", () => void this.#prepare());
    setInterval(() => this.#bar(), BEAT);
  }

  async start(): Promise<void> {
    const stood = localStorage.getItem(STOOD);
    const known = this.#keeper.device.points.find((point) => point.id === stood);
    await this.#stand(known ?? null);
  }

  async #stand(point: Point | null): Promise<void> {
    if (point === null) this.#gate.leave();
    localStorage.setItem(STOOD, point?.id ?? "");
    show(this.page, point === null ? "points" : "gate");
    setText(one("h1"), point?.name ?? "Verifier");
    await this.#keeper.choose(point);
    await this.#listPoints();
  }

  #show(): void {
    if (this.#ended) return;
    this.#bar();
    if (this.#keeper.point === null) void this.#listPoints();
    else void this.#gate.show();
  }

  #revoked(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#gate.leave();
    setText(one("h1"), "Verifier");
    void showRevoked(this.page, this.store);
  }

  /** What whoever stands there has to know all the time. */
  #bar(): void {
    if (this.#ended) return;
    const { page } = this;
    const { online, pack, point, index, counts, expired, now, problem } = this.#keeper;
    const fact = (name: string, text: string): void => setText(one(`[data-fact=${name}]`, page), text);
    const bar = one("[data-bar]", page);
    if (bar) {
      bar.hidden = false;
      bar.dataset["kind"] = expired ? "error" : online ? "ok" : "warning";
    }
    fact("link", online ? "Online" : "Offline");
    fact("age", point === null ? "–" : pack === null ? "None" : expired ? "Expired" : age(now - pack.issuedAt));
    fact("holders", pack === null ? "–" : new Intl.NumberFormat("en-GB").format(index.holders));
    fact("waiting", String(counts.waiting));
    setText(one("[data-said]", page), `${online ? "Online" : "Offline"}.${expired ? " The pack has expired." : ""}`);
    one("[data-sending]", page)?.toggleAttribute("hidden", counts.waiting === 0);
    const many = counts.waiting === 1 ? "One record waits" : `${counts.waiting} records wait`;
    setText(one("[data-sending-text]", page), `${many} to be sent.`);
    one("[data-problem]", page)?.toggleAttribute("hidden", problem === "");
    setText(one("[data-problem-text]", page), problem);
    setText(one("[data-prepare-text]", page), point === null ? "" : readiness(point, pack, expired));
    one("[data-prepare-bare]", page)?.toggleAttribute("hidden", point === null || point.kind === "gate" || pack !== null);
    // What is ready makes room for what is done here.
    const ready = pack !== null && !expired;
    const card = one("[data-prepare]", page);
    for (const name of ["card", "stack"]) card?.classList.toggle(name, !ready);
    card?.classList.toggle("pack-ready", ready);
    const start = one("[data-prepare-start]", page);
    start?.classList.toggle("primary", pack === null);
    start?.classList.toggle("small", ready);
    if (start) setText(one("span", start), pack === null ? "Prepare for offline" : "Fetch it anew");
  }

  async #listPoints(): Promise<void> {
    const { page } = this;
    const { points } = this.#keeper.device;
    const packs = new Map((await this.store.packs()).map((pack) => [pack.point.id, pack]));
    const lines = points.map((point) => {
      const [line, button, detail] = [document.createElement("li"), document.createElement("button"), document.createElement("small")];
      Object.assign(button, { type: "button", className: "button big full", textContent: `${point.name}, ${point.scope_name}` });
      detail.className = "muted";
      const pack = packs.get(point.id);
      if (pack) detail.textContent = `Pack: ${this.#keeper.now < pack.expiresAt ? age(this.#keeper.now - pack.issuedAt) : "expired"}`;
      button.addEventListener("click", () => void this.#stand(point));
      line.append(button, detail);
      return line;
    });
    one("[data-points]", page)?.replaceChildren(...lines);
    one("[data-no-points]", page)?.toggleAttribute("hidden", points.length > 0);
  }

  /** As was chosen before there was a pack, and then as it is. */
  #withoutPhotos(): boolean {
    const chosen = one<HTMLInputElement>("[data-prepare-bare] input", this.page)?.checked ?? false;
    return this.#keeper.pack?.withoutPhotos ?? chosen;
  }

  async #prepare(): Promise<void> {
    const { page } = this;
    const button = one("[data-prepare-start]", page);
    if (button?.getAttribute("aria-busy") === "true") return;
    button?.setAttribute("aria-busy", "true");
    const going = one("[data-prepare-going]", page);
    const bar = one<HTMLProgressElement>("progress", page);
    const error = one("[data-prepare-error]", page);
    error?.setAttribute("hidden", "");
    bar?.removeAttribute("value");
    going?.removeAttribute("hidden");
    try {
      await this.#keeper.prepare(this.#withoutPhotos(), (received, whole) => {
        if (bar && whole !== null) Object.assign(bar, { max: whole, value: received });
        setText(one("[data-prepare-far]", page), `${Math.ceil(received / 1024)} kB`);
      });
      await makeLasting();
      await makeOpenable(one("[data-scan]", page));
    } catch (why) {
      error?.removeAttribute("hidden");
      if (error) setText(one("span", error), `${wrong(why)} Nothing of an unfinished pack is used.`);
    } finally {
      going?.setAttribute("hidden", "");
      button?.removeAttribute("aria-busy");
    }
  }
}
