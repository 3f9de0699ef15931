/** Rows of the teacher's list: what is shown of a mark. */
import { all, locale, one } from "./dom.ts";
import type { Mark, Status } from "./session.ts";
import { clockTime } from "./time.ts";

export class Rows {
  readonly #rows: Map<string, HTMLElement>;

  constructor(private readonly root: HTMLElement) {
    this.#rows = new Map(all("tr[data-person]", root).map((row) => [row.dataset["person"] ?? "", row]));
    for (const row of this.#rows.values()) row.tabIndex = -1;
  }

  all(): HTMLElement[] {
    return [...this.#rows.values()];
  }

  visible(): HTMLElement[] {
    return this.all().filter((row) => !row.hidden);
  }

  /** Shows a mark; answers its row, or nothing when the list has none. */
  update(mark: Mark): HTMLElement | null {
    const row = this.#rows.get(mark.person);
    if (!row) return null;
    row.removeAttribute("aria-busy");
    this.setStatus(row, mark.status ?? "");
    this.#setHow(row, mark);
    return row;
  }

  setStatus(row: HTMLElement, status: Status | ""): void {
    if (row.dataset["status"] === status) return;
    row.dataset["status"] = status;
    const template = one<HTMLTemplateElement>(`template[data-badge="${status}"]`, this.root);
    const badge = template?.content.firstElementChild?.cloneNode(true);
    if (badge) one(".badge", row)?.replaceWith(badge);
    for (const button of all<HTMLButtonElement>(".marker button", row)) {
      button.setAttribute("aria-pressed", String(button.value === status));
    }
  }

  #setHow(row: HTMLElement, mark: Mark): void {
    const cell = one("[data-how]", row);
    if (!cell) return;
    if (!mark.at || mark.status === null) {
      cell.replaceChildren(...(mark.on_leave ? [tag("On leave")] : []));
      return;
    }
    const time = document.createElement("time");
    time.dateTime = mark.at;
    time.textContent = clockTime(mark.at, locale(), this.root.dataset["zone"]);
    cell.replaceChildren(time, mark.method_word ? ` · ${mark.method_word}` : "");
    for (const flag of mark.flag_words) cell.append(" ", tag(flag));
    if (mark.reason) {
      const reason = document.createElement("small");
      reason.className = "sub";
      reason.textContent = mark.reason;
      cell.append(reason);
    }
  }
}

function tag(text: string): HTMLElement {
  const element = document.createElement("span");
  element.className = "tag";
  element.textContent = text;
  return element;
}
