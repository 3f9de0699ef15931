/** Fills the screen with a verdict; an admission goes by itself. */
import { one } from "./dom.ts";
import type { Signal } from "./signal.ts";

/** How long an admission stays on the screen by itself, in milliseconds. */
const ADMITTED_FOR = 4000;

export class VerdictDialog {
  readonly #dialog: HTMLDialogElement | null;
  readonly #body: HTMLElement | null;
  #timer = 0;

  constructor(
    private readonly page: HTMLElement,
    private readonly signal: Signal,
  ) {
    this.#dialog = one<HTMLDialogElement>("[data-verdict]", page);
    this.#body = one("[data-verdict-body]", page);
    one("[data-verdict-next]", page)?.addEventListener("click", () => this.close());
    this.#dialog?.addEventListener("close", () => this.stay());
    // Whoever touches what is shown wants to read on, or to say that it was a mistake.
    for (const touch of ["pointerdown", "keydown"]) {
      this.#body?.addEventListener(touch, () => this.stay());
    }
  }

  /** What is shown. */
  get body(): HTMLElement {
    return this.#body ?? this.page;
  }

  /** Whether another verdict may take this one's place: not a refusal's, which is to be read. */
  get yields(): boolean {
    return !this.#dialog?.open || one(".verdict", this.body)?.dataset["admitted"] === "true";
  }

  /** Keeps what is shown until somebody goes on. */
  stay(): void {
    clearTimeout(this.#timer);
  }

  close(): void {
    this.#dialog?.close();
  }

  /** Shows a verdict, lets it be heard and felt, and takes an admission away after a while. */
  show(content: Node): void {
    this.stay();
    this.#body?.replaceChildren(content);
    const admitted = one(".verdict", this.body)?.dataset["admitted"] === "true";
    if (this.#dialog && !this.#dialog.open) this.#dialog.showModal();
    one("[data-verdict-next]", this.page)?.focus();
    this.signal.give(admitted);
    if (admitted) this.#timer = window.setTimeout(() => this.close(), ADMITTED_FOR);
  }
}
