/** Marks with one tap: at once on the screen, then on the server, which asks for a reason when it needs one. */
import { setText } from "./dom.ts";
import { problemOf } from "./problem.ts";
import { askReason } from "./reason.ts";
import type { Rows } from "./rows.ts";
import type { Status } from "./session.ts";

export class Marker {
  readonly #notice: HTMLElement;

  constructor(
    private readonly root: HTMLElement,
    private readonly rows: Rows,
    private readonly done: () => void,
  ) {
    this.#notice = document.createElement("p");
    this.#notice.className = "notice";
    this.#notice.dataset["kind"] = "error";
    this.#notice.setAttribute("role", "alert");
    this.#notice.hidden = true;
  }

  install(): void {
    this.root.querySelector(".table-wrap")?.before(this.#notice);
    this.root.addEventListener("submit", (event) => {
      const form = event.target as HTMLFormElement;
      const button = event.submitter;
      const row = form.closest<HTMLElement>("tr[data-person]");
      if (!row || !form.matches(".marker") || !(button instanceof HTMLButtonElement)) return;
      if (form.dataset["plain"] !== undefined) return;
      event.preventDefault();
      void this.#mark(row, form, button);
    });
  }

  async #mark(row: HTMLElement, form: HTMLFormElement, button: HTMLButtonElement, reason?: string): Promise<void> {
    const before = (row.dataset["status"] ?? "") as Status | "";
    const wanted = button.value as Status;
    if (before === wanted || row.getAttribute("aria-busy") === "true") return;
    this.#say("");
    this.rows.setStatus(row, wanted);
    row.setAttribute("aria-busy", "true");
    const response = await this.#put(row, { status: wanted, ...(reason ? { reason } : {}) });
    row.removeAttribute("aria-busy");
    if (response?.ok) {
      this.done();
      return;
    }
    this.rows.setStatus(row, before);
    if (!response) {
      this.#say("Not saved: the server can't be reached. The mark is as it was; try again in a moment.");
      return;
    }
    const problem = await problemOf(response);
    if (problem.reason === "reason-required") {
      const given = await askReason(row.dataset["name"] ?? "", button.textContent ?? "", problem.detail);
      if (given !== null) await this.#mark(row, form, button, given);
    } else if (problem.detail) {
      this.#say(problem.detail);
    } else {
      form.dataset["plain"] = "";
      form.requestSubmit(button);
    }
  }

  async #put(row: HTMLElement, body: Record<string, string>): Promise<Response | null> {
    const url = `/api/v1/sessions/${this.root.dataset["session"]}/marks/${row.dataset["person"]}`;
    const headers = { "content-type": "application/json", accept: "application/json" };
    try {
      return await fetch(url, { method: "PUT", headers, body: JSON.stringify(body) });
    } catch {
      return null;
    }
  }

  #say(text: string): void {
    this.#notice.hidden = text === "";
    setText(this.#notice, text);
  }
}
