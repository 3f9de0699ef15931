/** The page of a place on an enrolled phone: what is shown is presented, and the verdict fills the screen. */
import { all, one, setText } from "../lib/dom.ts";
import { gateCamera } from "../lib/gate-camera.ts";
import { Signal } from "../lib/signal.ts";
import { VerdictDialog } from "../lib/verdict-dialog.ts";
import type { Keeper } from "./keeper.ts";
import type { Kept, Offer } from "./model.ts";
import { find, type Named, NOBODY, type Whose } from "./names.ts";
import { override, present, type Presentation } from "./presenting.ts";
import { Revoked } from "./server.ts";
import type { Waiting } from "./store.ts";
import { copy, drawLine, drawVerdict, type Drawing } from "./verdict-view.ts";
import { look } from "./words.ts";

/** Scans that are listed. */
const LISTED = 20;
/** A scan may be taken back so long, in milliseconds. */
const REGRET = 15 * 60_000;

export class GateView {
  readonly #dialog: VerdictDialog;
  readonly #form: HTMLFormElement;
  readonly #stopCamera: () => void;
  #busy = false;

  constructor(
    private readonly drawing: Drawing,
    private readonly keeper: Keeper,
  ) {
    const { page } = drawing;
    const signal = new Signal();
    this.#dialog = new VerdictDialog(page, signal);
    this.#form = one<HTMLFormElement>("[data-by-code]", page) as HTMLFormElement;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const code = one<HTMLInputElement>("[name=credential]", this.#form);
      if (code) void this.#present({ credential: code.value }).then((told) => told && (code.value = ""));
    });
    one("#name", page)?.addEventListener("input", () => this.#find());
    const part = one("[data-scan]", page);
    const gate = {
      get point() {
        return keeper.point?.id ?? "";
      },
      ready: () => !this.#busy && this.#dialog.yields && keeper.point !== null,
      present: (text: string) => void this.#present({ credential: text }),
      touched: () => signal.prepare(),
    };
    this.#stopCamera = part ? gateCamera(part, gate) : () => undefined;
  }

  /** Goes on to something else. */
  leave(): void {
    this.#stopCamera();
    this.#dialog.close();
  }

  /** Shows what has changed. */
  async show(): Promise<void> {
    const { page } = this.drawing;
    const { pack, store, point, index } = this.keeper;
    setText(one("[data-place]", page), point?.scope_name ?? "");
    one("[data-ways]", page)?.toggleAttribute("hidden", pack !== null && pack.rule.entries !== "reentry");
    this.#offerPeople(index.most);
    this.#find();
    this.#list((await store.latest(LISTED)).filter((one) => one.point === point?.id));
    this.#listRefused(await store.refused());
  }

  /** Presents; true once something was decided. */
  async #present(offer: Offer, named: Whose = NOBODY, nonce?: string): Promise<boolean> {
    const { keeper } = this;
    if (this.#busy || !keeper.point) return false;
    this.#busy = true;
    this.#dialog.stay();
    performance.mark("muster-presented");
    const wanted: Presentation = { offer, named, ...this.#chosen(), ...(nonce === undefined ? {} : { nonce }) };
    try {
      const outcome = await present(keeper.desk(keeper.point), wanted);
      if ("kept" in outcome) {
        this.#tell(outcome.kept);
        await keeper.presented(outcome.kept);
        return true;
      }
      const made = copy(this.drawing.page, `[data-nothing=${outcome.nothing}]`);
      this.#dialog.show(made);
      const again = one("[data-again]", this.#dialog.body);
      again?.addEventListener("click", () => {
        keeper.online = navigator.onLine;
        void this.#present(offer, named, outcome.nonce);
      });
      return false;
    } catch (error) {
      const why = await keeper.failed(error);
      // What a phone that was withdrawn has to say stands on the page.
      if (error instanceof Revoked) return false;
      const made = copy(this.drawing.page, "[data-nothing=refused]");
      setText(one("[data-slot=why]", made), why);
      this.#dialog.show(made);
      return false;
    } finally {
      this.#busy = false;
    }
  }

  /** The way and the number of people that were chosen for whatever is presented next. */
  #chosen(): Pick<Presentation, "direction" | "count"> {
    const data = new FormData(this.#form);
    const count = Number(data.get("count") ?? "");
    const exits = data.get("direction") === "exit" && !one("[data-ways]", this.#form)?.hidden;
    return { direction: exits ? "exit" : "entry", count: count > 0 ? count : null };
  }

  /** Fills the screen with what was decided, or what became of it. */
  #tell(kept: Kept): void {
    this.#dialog.show(drawVerdict(this.drawing, kept));
    performance.mark("muster-told");
    performance.measure("muster-verdict", "muster-presented", "muster-told");
    const { body } = this.#dialog;
    const { keeper } = this;
    const fresh = kept.undone === null && Date.now() - kept.clock < REGRET;
    const mayOverride = keeper.pack?.mayOverride ?? keeper.point?.may_override ?? false;
    this.#ask(one("[data-mistake]", body), fresh && kept.admitted, async (reason) => {
      await keeper.takeBack(kept, reason);
      this.#tell({ ...kept, undone: reason });
    });
    const may = mayOverride && fresh && !kept.admitted && kept.record !== null;
    this.#ask(one("[data-override]", body), may, async (reason) => {
      if (!keeper.point) return;
      const forced = await override(keeper.desk(keeper.point), kept, reason);
      this.#tell(forced);
      await keeper.presented(forced);
    });
  }

  /** Offers something that wants a reason. */
  #ask(part: HTMLElement | null, may: boolean, done: (reason: string) => Promise<void>): void {
    if (!part) return;
    part.hidden = !may;
    one("form", part)?.addEventListener("submit", (event) => {
      event.preventDefault();
      const reason = one<HTMLInputElement>("input", part)?.value.trim() ?? "";
      if (reason !== "") void done(reason);
    });
  }

  #offerPeople(most: number): void {
    const part = one("[data-people]", this.#form);
    if (!part) return;
    part.hidden = most < 2;
    if (all("label", part).length === most + 1) return;
    const chosen = one<HTMLInputElement>("input:checked", part)?.value ?? "";
    const values = ["", ...Array.from({ length: most }, (_, at) => String(at + 1))];
    const labels = values.map((value) => {
      const [label, input, text] = [document.createElement("label"), document.createElement("input"), document.createElement("span")];
      Object.assign(input, { type: "radio", name: "count", value, checked: value === chosen });
      text.textContent = value || "All";
      label.append(input, text);
      return label;
    });
    for (const old of all("label", part)) old.remove();
    part.append(...labels);
  }

  #find(): void {
    const { page } = this.drawing;
    const text = one<HTMLInputElement>("#name", page)?.value ?? "";
    const { index, pack } = this.keeper;
    const found = text.trim() === "" ? [] : find(index.names, text);
    const none = text.trim() === "" ? "" : "Nobody of that name may come in here.";
    setText(one("[data-find-none]", page), pack === null ? "Names are in the pack: prepare for offline." : found.length === 0 ? none : "");
    one("[data-find]", page)?.toggleAttribute("hidden", pack === null);
    one("[data-found]", page)?.replaceChildren(
      ...found.map((one) => row(one.names.join(", "), one.number, "Verify", () => void this.#present(this.#offerOf(one), one))),
    );
  }

  /** A record that was found by name, as what it is. */
  #offerOf({ record }: Named): Offer {
    const docket = this.keeper.index.entriesOf(record)[0]?.kind === "docket";
    return docket ? { docket: record } : { pass: record };
  }

  #list(scans: readonly Kept[]): void {
    const { page } = this.drawing;
    one("[data-lines] tbody", page)?.replaceChildren(...scans.map((scan) => drawLine(this.drawing, scan, () => this.#tell(scan))));
    one("[data-lines]", page)?.toggleAttribute("hidden", scans.length === 0);
    one("[data-no-lines]", page)?.toggleAttribute("hidden", scans.length > 0);
  }

  #listRefused(refused: readonly Waiting[]): void {
    const { page } = this.drawing;
    one("[data-refused]", page)?.toggleAttribute("hidden", refused.length === 0);
    const rows = refused.map((each) => {
      const what = "undo" in each ? "Taken back" : `${look(each, false).word}: ${each.names.join(", ") || "nobody known"}`;
      return row(what, each.answer, "Remove", () => {
        if (!confirm("Remove this from the list? The server has no record of it.")) return;
        void this.keeper.store.drop(each.nonce).then(() => this.show());
      });
    });
    one("[data-refused-list]", page)?.replaceChildren(...rows);
  }
}

/** A line with a button. */
function row(title: string, detail: string, action: string, act: () => void): HTMLElement {
  const line = document.createElement("li");
  const words = document.createElement("div");
  const first = document.createElement("p");
  first.textContent = title;
  words.append(first);
  if (detail !== "") {
    const second = document.createElement("p");
    second.className = "muted small";
    second.textContent = detail;
    words.append(second);
  }
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button", textContent: action });
  button.setAttribute("aria-label", `${action} ${title}`);
  button.addEventListener("click", act);
  line.append(words, button);
  return line;
}
