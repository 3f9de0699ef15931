/** Presents what a verifier's page offers, and fills the screen with what was decided about it. */
import { all, one } from "./dom.ts";
import { randomName } from "./nonce.ts";
import type { Signal } from "./signal.ts";

/** How long an admission stays on the screen by itself, in milliseconds. */
const ADMITTED_FOR = 4000;

export class VerdictScreen {
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
    // Whoever touches what is shown wants to read on, or to say that it was a mistake.
    for (const touch of ["pointerdown", "keydown"]) {
      this.#body?.addEventListener(touch, () => clearTimeout(this.#timer));
    }
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
