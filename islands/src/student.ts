/** The student's app: it scans the class code with or without a network, and sends what it kept. */
import { Camera } from "./lib/camera.ts";
import { classCode } from "./lib/class-code.ts";
import { all, one, setText } from "./lib/dom.ts";
import { Viewfinder } from "./lib/scanner.ts";
import { clockTime } from "./lib/time.ts";
import { makeLasting, makeOpenable } from "./offline/readiness.ts";
import { Keeper, type Outcome } from "./receipts/keeper.ts";
import type { Kept } from "./receipts/model.ts";
import { NoKey, Store } from "./receipts/store.ts";
import { shown, told, waitingWords, type Shown } from "./receipts/words.ts";

const HOME = "/mark/device";

const page = one("[data-student]");
if (page) void open(page);

async function open(page: HTMLElement): Promise<void> {
  // Browsers give keys, cameras and workers to pages over HTTPS alone.
  if (!isSecureContext) {
    one("[data-state=insecure]", page)?.removeAttribute("hidden");
    one("[data-bar]", page)?.setAttribute("hidden", "");
    return;
  }
  const store = await Store.open();
  await new App(page, store).start();
}

class App {
  readonly #keeper: Keeper;
  readonly #finder: Viewfinder | null;

  constructor(
    private readonly page: HTMLElement,
    private readonly store: Store,
  ) {
    this.#keeper = new Keeper(store, () => void this.#show());
    this.#finder = this.#camera();
    one("[data-send]", page)?.addEventListener("click", () => this.#keeper.kick());
  }

  async start(): Promise<void> {
    const link = /^\/c\/([a-z2-7]{31})$/i.exec(location.pathname)?.[1];
    // The code's own page was out of reach, and this one stands in for it.
    if (link !== undefined) {
      history.replaceState(null, "", HOME);
      this.#keeper.person = (await this.store.own()) ?? null;
      await this.#take(link.toUpperCase());
    }
    await this.#keeper.start();
    await makeLasting();
    await makeOpenable(one("[data-scan]", this.page));
  }

  #camera(): Viewfinder | null {
    const part = one("[data-scan]", this.page);
    const view = part && one("[data-scan-view]", part);
    const video = view && one<HTMLVideoElement>("video", view);
    const start = part && one("[data-scan-open]", part);
    if (!part || !view || !video || !start || !Camera.offered) return null;
    const finder = new Viewfinder(part, video, {
      hold: "Hold the phone so that the whole code is in the picture.",
      text: (text) => {
        const code = classCode(text);
        if (code === null) finder.say("This is not the code of a class. Point at the one on the screen.");
        else void this.#take(code);
        return code !== null;
      },
      stays: () => !view.hidden,
    });
    const close = (): void => {
      finder.stop();
      view.hidden = true;
      start.hidden = false;
    };
    start.addEventListener("click", () => {
      view.hidden = false;
      start.hidden = true;
      one("[data-told]", this.page)?.setAttribute("hidden", "");
      void finder.look();
    });
    one("[data-scan-close]", view)?.addEventListener("click", () => {
      close();
      start.focus();
    });
    part.addEventListener("taken", close);
    return finder;
  }

  /** Presents or keeps a code, and says which it was. */
  async #take(code: string): Promise<void> {
    one("[data-scan]", this.page)?.dispatchEvent(new Event("taken"));
    this.#finder?.stop();
    try {
      this.#tell(await this.#keeper.scanned(code));
    } catch (error) {
      if (!(error instanceof NoKey)) throw error;
      const sentence = "This phone is not registered for you yet, so it can’t keep a scan. Sign in with it once while there is a network; now ask your teacher to mark you by hand.";
      this.#say({ word: "Not kept", icon: "alert", tone: "error", sentence });
    }
    await this.#show();
  }

  #tell(outcome: Outcome): void {
    if ("told" in outcome) this.#say(told(outcome.told));
    else this.#say({ ...shown(outcome.kept), word: "Kept on this phone" });
  }

  #say({ word, icon, tone, sentence }: Shown): void {
    const card = one("[data-told]", this.page);
    if (!card) return;
    card.hidden = false;
    card.dataset["kind"] = tone;
    setText(one("[data-told-word]", card), word);
    setText(one("[data-told-sentence]", card), sentence);
    this.#icon(card, icon);
  }

  #icon(within: ParentNode, name: string): void {
    one<SVGUseElement>("use", within)?.setAttribute("href", `${this.page.dataset["icons"] ?? ""}#${name}`);
  }

  async #show(): Promise<void> {
    const { page } = this;
    const { link, person, sending } = this.#keeper;
    const registered = await this.#keeper.registered();
    const waiting = person === null ? 0 : (await this.store.waiting(person)).length;
    const others = person === null ? 0 : await this.store.waitingOfOthers(person);
    const fact = (name: string, text: string): void => setText(one(`[data-fact=${name}]`, page), text);
    const bar = one("[data-bar]", page);
    if (bar) bar.dataset["kind"] = link === "online" ? "ok" : registered ? "warning" : "error";
    const links = { unknown: "…", online: "Online", offline: "Offline", "signed-out": "Signed out", "no-student": "Online" };
    fact("link", links[link]);
    fact("phone", registered ? "Registered" : "Not registered");
    fact("waiting", String(waiting));
    for (const part of all("[data-state]", page)) part.hidden = part.dataset["state"] !== this.#state(registered);
    const note = others > 0 ? ` ${waitingWords(others)} They are somebody else’s, and sent once that person signs in here.` : "";
    setText(one("[data-others]", page), note);
    one("[data-others]", page)?.toggleAttribute("hidden", note === "");
    one("[data-sending]", page)?.toggleAttribute("hidden", waiting === 0);
    setText(one("[data-sending-text]", page), sending && link !== "offline" ? "Sending …" : waitingWords(waiting));
    const scan = one("[data-scan]", page);
    if (scan) scan.hidden = !registered || this.#finder === null || link === "no-student";
    one("[data-no-camera]", page)?.toggleAttribute("hidden", this.#finder !== null);
    await this.#list(person);
  }

  /** What is to be said about this phone; nothing where all is well. */
  #state(registered: boolean): string {
    const { link } = this.#keeper;
    if (link === "no-student" || link === "signed-out") return link;
    if (!registered) return link === "offline" ? "unregistered" : "";
    return link === "offline" ? "offline" : link === "online" ? "ready" : "";
  }

  async #list(person: string | null): Promise<void> {
    const scans = person === null ? [] : await this.store.latest(person);
    one("[data-no-lines]", this.page)?.toggleAttribute("hidden", scans.length > 0);
    one("[data-lines]", this.page)?.replaceChildren(...scans.map((scan) => this.#line(scan)));
  }

  #line(scan: Kept): Node {
    const template = one<HTMLTemplateElement>("template[data-line]", this.page);
    const line = template?.content.cloneNode(true) as DocumentFragment | undefined;
    if (!line) return document.createTextNode("");
    const { word, icon, tone, sentence } = shown(scan);
    const zone = this.page.dataset["zone"] ?? "";
    const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", ...(zone === "" ? {} : { timeZone: zone }) });
    setText(one("[data-slot=at]", line), `${day.format(scan.at)}, ${clockTime(scan.at, "en-GB", zone)}`);
    setText(one("[data-slot=word]", line), word);
    setText(one("[data-slot=sentence]", line), sentence);
    const badge = one("[data-slot=badge]", line);
    if (badge) badge.dataset["kind"] = tone;
    this.#icon(line, icon);
    return line;
  }
}
