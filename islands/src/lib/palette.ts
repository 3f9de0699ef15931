/** The command palette: jump to any page, person or class by typing a part of its name. */
import { all, isWriting, one, setText, singleKeys } from "./dom.ts";
import { merge, type Hit } from "./hits.ts";

export function installPalette(): void {
  const dialog = one<HTMLDialogElement>("#palette");
  if (dialog) new Palette(dialog).install();
}

class Palette {
  readonly #input: HTMLInputElement;
  readonly #list: HTMLElement;
  readonly #status: HTMLElement;
  readonly #hint: string;
  #hits: Hit[] = [];
  #chosen = 0;
  #asked: AbortController | null = null;
  #timer = 0;

  constructor(private readonly dialog: HTMLDialogElement) {
    this.#input = dialog.querySelector("input") as HTMLInputElement;
    this.#list = dialog.querySelector("ul") as HTMLElement;
    this.#status = dialog.querySelector("[data-palette-status]") as HTMLElement;
    this.#hint = this.#status.textContent ?? "";
  }

  install(): void {
    for (const link of all("[data-palette-open]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.#open();
      });
    }
    document.addEventListener("keydown", (event) => {
      const jump = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
      const slash = event.key === "/" && singleKeys() && !isWriting(event.target) && !one("[data-filter]");
      if (event.defaultPrevented || (!jump && !slash)) return;
      event.preventDefault();
      this.#open();
    });
    this.#input.addEventListener("input", () => {
      this.#show(pagesMatching(this.#input.value));
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => void this.#ask(), 120);
    });
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    this.dialog.querySelector("form")?.addEventListener("submit", (event) => {
      const hit = this.#hits[this.#chosen];
      if (!hit) return;
      event.preventDefault();
      location.assign(hit.url);
    });
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
  }

  #open(): void {
    if (this.dialog.open) return;
    this.#input.value = "";
    this.#show(pagesMatching(""));
    this.dialog.showModal();
    this.#input.focus();
  }

  #key(event: KeyboardEvent): void {
    // A search field would spend the first Escape on clearing itself.
    if (event.key === "Escape") {
      event.preventDefault();
      this.dialog.close();
    }
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step === undefined || this.#hits.length === 0) return;
    event.preventDefault();
    this.#choose((this.#chosen + step + this.#hits.length) % this.#hits.length);
  }

  async #ask(): Promise<void> {
    this.#asked?.abort();
    const text = this.#input.value.trim();
    if (text === "") return;
    const asked = new AbortController();
    this.#asked = asked;
    try {
      const source = this.dialog.dataset["source"] ?? "/api/v1/search";
      const response = await fetch(`${source}?q=${encodeURIComponent(text)}`, {
        headers: { accept: "application/json" },
        signal: asked.signal,
      });
      if (!response.ok) throw new Error(String(response.status));
      const body = (await response.json()) as { items?: Hit[] };
      this.#show(merge(pagesMatching(text), body.items ?? []));
    } catch (error) {
      if (!asked.signal.aborted) setText(this.#status, "The search can't be reached. Press Enter to try its page.");
      else if (!(error instanceof DOMException)) throw error;
    }
  }

  #show(hits: Hit[]): void {
    this.#hits = hits;
    this.#list.replaceChildren(...hits.map((hit, index) => this.#row(hit, index)));
    this.#input.setAttribute("aria-expanded", String(hits.length > 0));
    const empty = this.#input.value.trim() === "";
    setText(this.#status, empty ? this.#hint : hits.length === 0 ? "Nothing found by this name." : "");
    this.#status.hidden = !empty && hits.length > 0;
    this.#choose(0);
  }

  #row(hit: Hit, index: number): HTMLElement {
    const row = document.createElement("li");
    row.id = `palette-${index}`;
    row.setAttribute("role", "option");
    for (const [name, text] of [["kind", hit.kind], ["title", hit.title], ["detail", hit.detail]] as const) {
      const part = document.createElement("span");
      part.className = name;
      part.dir = "auto";
      part.textContent = text;
      row.append(part);
    }
    row.addEventListener("click", () => location.assign(hit.url));
    row.addEventListener("pointermove", () => {
      if (this.#chosen !== index) this.#choose(index);
    });
    return row;
  }

  #choose(index: number): void {
    this.#chosen = index;
    all("li", this.#list).forEach((row, at) => {
      row.setAttribute("aria-selected", String(at === index));
      if (at === index) row.scrollIntoView({ block: "nearest" });
    });
    if (this.#hits.length > 0) this.#input.setAttribute("aria-activedescendant", `palette-${index}`);
    else this.#input.removeAttribute("aria-activedescendant");
  }
}

function pagesMatching(text: string): Hit[] {
  const needle = text.trim().toLowerCase();
  return all<HTMLAnchorElement>(".rail .menu a")
    .map((link) => ({ kind: "Page", title: link.textContent?.trim() ?? "", detail: "", url: link.href }))
    .filter((hit) => hit.title.toLowerCase().includes(needle));
}
