/** Which rows of the list are shown: all, the missing, those here, all with large photos; and a part of a name. */
import { all, one } from "./dom.ts";
import type { Rows } from "./rows.ts";
import { shown } from "./session.ts";

export class Filter {
  #show = "all";
  #text = "";

  constructor(
    private readonly root: HTMLElement,
    private readonly rows: Rows,
  ) {}

  install(): void {
    const field = one<HTMLInputElement>("[data-filter]", this.root);
    field?.addEventListener("input", () => {
      this.#text = field.value;
      this.apply();
    });
    for (const button of all<HTMLButtonElement>("[data-show]", this.root)) {
      button.addEventListener("click", () => {
        this.#show = button.dataset["show"] ?? "all";
        for (const other of all("[data-show]", this.root)) {
          other.setAttribute("aria-pressed", String(other === button));
        }
        this.root.toggleAttribute("data-photos", this.#show === "photos");
        this.apply();
      });
    }
  }

  /** A row that holds the focus stays until the focus leaves it. */
  apply(): void {
    for (const row of this.rows.all()) {
      const text = `${row.dataset["name"] ?? ""} ${row.querySelector(".roll")?.textContent ?? ""}`;
      const fits = shown({ status: row.dataset["status"] ?? "", text }, this.#show, this.#text);
      row.hidden = !fits && !row.contains(document.activeElement);
    }
  }
}
