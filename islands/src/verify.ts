/** The verifier's page: what is scanned or typed is presented at once, and the verdict fills the screen. */
import { Camera, whyNot } from "./lib/camera.ts";
import { all, one, setText } from "./lib/dom.ts";
import { watchGates } from "./lib/gates.ts";
import { randomName } from "./lib/nonce.ts";
import { Scanner } from "./lib/scanner.ts";
import { stayAwake } from "./lib/screen.ts";
import { Sightings } from "./lib/sightings.ts";
import { Signal } from "./lib/signal.ts";

/** How long an admission stays on the screen by itself, in milliseconds. */
const ADMITTED_FOR = 2500;
const HOLD = "Hold the code in the frame.";
/** Which gate's camera is running, so that it goes on after another page. */
const SCANNING = "muster.scanning";

const page = one("[data-verify]");
if (page) start(page);

function start(page: HTMLElement): void {
  const signal = new Signal();
  const screen = new VerdictScreen(page, signal);
  for (const form of all<HTMLFormElement>("form[data-present]", page)) screen.take(form);
  watchGates(page);
  const part = one("[data-scan]", page);
  if (part && Camera.offered) scan(page, part, screen, signal);
}

/** Presents credentials, and shows what was decided about each. */
class VerdictScreen {
  readonly #dialog: HTMLDialogElement | null;
  readonly #body: HTMLElement | null;
  #busy = false;
  #timer = 0;

  constructor(
    private readonly page: HTMLElement,
    private readonly signal: Signal,
  ) {
    this.#dialog = one<HTMLDialogElement>("[data-verdict]", page);
    this.#body = one("[data-verdict-body]", page);
    one("[data-verdict-next]", page)?.addEventListener("click", () => this.#dialog?.close());
    this.#dialog?.addEventListener("close", () => clearTimeout(this.#timer));
  }

  /** Whether the next code may be presented: not while one is asked about, nor over a refusal. */
  get ready(): boolean {
    const admitted = one(".verdict", this.#body ?? this.page)?.dataset["admitted"] === "true";
    return !this.#busy && (!this.#dialog?.open || admitted);
  }

  /** Sends a form from here on without leaving the page. */
  take(form: HTMLFormElement): void {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#busy) return;
      const data = new FormData(form);
      // Chosen for whatever is presented next, also by name.
      for (const name of ["direction", "count"]) {
        const chosen = one<HTMLInputElement>(`[data-by-code] [name=${name}]:checked`, this.page);
        if (chosen && !form.hasAttribute("data-by-code") && !data.has("force")) data.set(name, chosen.value);
      }
      if (!data.has("force")) data.set("nonce", randomName());
      const code = one<HTMLInputElement>("[name=credential]", form);
      void this.present(data).then((told) => {
        if (told && code) code.value = "";
      });
    });
  }

  /** What a form or the camera offers; true once the server has answered. */
  async present(data: FormData): Promise<boolean> {
    this.#busy = true;
    clearTimeout(this.#timer);
    const body = new URLSearchParams([...data].map(([name, value]) => [name, String(value)]));
    try {
      const answer = await fetch(this.page.dataset["action"] ?? "", {
        method: "POST",
        body,
        headers: { "x-muster-part": "verdict" },
      });
      if (answer.redirected || answer.status === 401) {
        location.reload();
        return true;
      }
      this.#show(await answer.text());
      return answer.ok;
    } catch {
      this.#lost(data);
      return false;
    } finally {
      this.#busy = false;
    }
  }

  #show(html: string): void {
    const made = document.createElement("template");
    made.innerHTML = html;
    const line = one<HTMLTemplateElement>("[data-line]", made.content);
    const row = line?.content.firstElementChild;
    line?.remove();
    const verdict = one(".verdict", made.content);
    const admitted = verdict?.dataset["admitted"] === "true";
    this.#open(made.content);
    for (const form of all<HTMLFormElement>("form[data-present]", this.#body ?? this.page)) this.take(form);
    if (row) this.#note(row);
    this.signal.give(admitted);
    if (admitted) this.#timer = window.setTimeout(() => this.#dialog?.close(), ADMITTED_FOR);
    // Whoever writes why needs longer.
    this.#body?.addEventListener("toggle", () => clearTimeout(this.#timer), { capture: true, once: true });
  }

  /** Nothing came back: the same scan under the same name may be sent again. */
  #lost(data: FormData): void {
    const lost = one<HTMLTemplateElement>("[data-verdict-lost]", this.page);
    if (!lost) return;
    this.#open(lost.content.cloneNode(true));
    this.signal.give(false);
    one("[data-verdict-again]", this.#body ?? this.page)?.addEventListener("click", () => void this.present(data));
  }

  #open(content: Node): void {
    // What the page showed before a script ran, under the same names.
    one(".verdict-page", this.page)?.remove();
    this.#body?.replaceChildren(content);
    if (this.#dialog && !this.#dialog.open) this.#dialog.showModal();
    one("[data-verdict-next]", this.page)?.focus();
  }

  /** Adds a line to the scans of this device. */
  #note(row: Element): void {
    one("[data-lines] tbody", this.page)?.prepend(row);
    one("[data-lines]", this.page)?.removeAttribute("hidden");
    one("[data-no-lines]", this.page)?.setAttribute("hidden", "");
  }
}

function scan(page: HTMLElement, part: HTMLElement, screen: VerdictScreen, signal: Signal): void {
  const view = one("[data-scan-view]", part);
  const video = one<HTMLVideoElement>("video", part);
  const open = one("[data-scan-open]", part);
  const form = one<HTMLFormElement>("[data-by-code]", page);
  if (!view || !video || !open || !form) return;
  const note = one("[data-scan-note]", part);
  const lenses = one<HTMLSelectElement>("[data-scan-camera]", part);
  const light = one<HTMLButtonElement>("[data-scan-light]", part);
  const { worker = "", wasm = "" } = part.dataset;
  const scanner = new Scanner(video, { worker, wasm });
  const sightings = new Sightings();

  const found = {
    text: (text: string): boolean => {
      const fresh = sightings.isNew(text, performance.now(), screen.ready);
      if (!fresh) return false;
      const data = new FormData(form);
      data.set("credential", text);
      data.set("nonce", randomName());
      void screen.present(data);
      return false;
    },
    failed: (error: unknown): void => setText(note, whyNot(error)),
  };
  const show = (on: boolean): void => {
    view.hidden = !on;
    open.hidden = on;
  };
  const look = async (camera = ""): Promise<void> => {
    show(true);
    setText(note, "Starting the camera …");
    try {
      await scanner.start(found, camera);
      if (view.hidden) return scanner.stop();
      setText(note, HOLD);
      remember(page.dataset["point"] ?? "");
      void stayAwake();
      await offer();
    } catch (error) {
      setText(note, whyNot(error));
    }
  };
  /** What this camera can do besides. */
  const offer = async (): Promise<void> => {
    if (light) light.hidden = !scanner.camera.hasLight;
    light?.setAttribute("aria-pressed", "false");
    const others = await scanner.camera.lenses();
    if (!lenses) return;
    lenses.closest(".field")?.toggleAttribute("hidden", others.length < 2);
    lenses.replaceChildren(...others.map((lens) => new Option(lens.name, lens.id)));
    lenses.value = scanner.camera.current;
  };

  part.hidden = false;
  open.addEventListener("click", () => {
    signal.prepare();
    void look();
  });
  one("[data-scan-close]", part)?.addEventListener("click", () => {
    scanner.stop();
    remember("");
    show(false);
  });
  addEventListener("pagehide", () => scanner.stop());
  lenses?.addEventListener("change", () => void look(lenses.value));
  light?.addEventListener("click", () => {
    const on = light.getAttribute("aria-pressed") !== "true";
    void scanner.camera.light(on).then(() => light.setAttribute("aria-pressed", String(on)));
  });
  if (remembered() === page.dataset["point"]) void look();
}

function remember(point: string): void {
  try {
    sessionStorage.setItem(SCANNING, point);
  } catch {
    // A browser without storage asks again.
  }
}

function remembered(): string | null {
  try {
    return sessionStorage.getItem(SCANNING);
  } catch {
    return null;
  }
}
