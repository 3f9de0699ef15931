/** Presents what a verifier's page offers, and fills the screen with what was decided about it. */
import { all, one } from "./dom.ts";
import { randomName } from "./nonce.ts";
import type { Signal } from "./signal.ts";
import { VerdictDialog } from "./verdict-dialog.ts";

export class VerdictScreen {
  readonly #dialog: VerdictDialog;
  #busy = false;

  constructor(
    private readonly page: HTMLElement,
    signal: Signal,
  ) {
    this.#dialog = new VerdictDialog(page, signal);
  }

  /** Whether the next code may be presented: not while one is asked about, nor over a refusal. */
  get ready(): boolean {
    return !this.#busy && this.#dialog.yields;
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
    this.#dialog.stay();
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
    this.#open(made.content);
    for (const form of all<HTMLFormElement>("form[data-present]", this.#dialog.body)) this.take(form);
    if (row) this.#note(row);
  }

  /** Nothing came back: the same scan under the same name may be sent again. */
  #lost(data: FormData): void {
    const lost = one<HTMLTemplateElement>("[data-verdict-lost]", this.page);
    if (!lost) return;
    this.#open(lost.content.cloneNode(true));
    one("[data-verdict-again]", this.#dialog.body)?.addEventListener("click", () => void this.present(data));
  }

  #open(content: Node): void {
    // What the page showed before a script ran, under the same names.
    one(".verdict-page", this.page)?.remove();
    this.#dialog.show(content);
  }

  /** Adds a line to the scans of this device. */
  #note(row: Element): void {
    one("[data-lines] tbody", this.page)?.prepend(row);
    one("[data-lines]", this.page)?.removeAttribute("hidden");
    one("[data-no-lines]", this.page)?.setAttribute("hidden", "");
  }
}
