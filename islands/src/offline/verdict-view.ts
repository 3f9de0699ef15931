/** Draws what was decided: large on the screen, and as a line of the list. */
import { one, setText } from "../lib/dom.ts";
import { clockTime } from "../lib/time.ts";
import type { Kept } from "./model.ts";
import { look } from "./words.ts";

/** Where templates and icons come from, and how times are written. */
export interface Drawing {
  readonly page: HTMLElement;
  readonly icons: string;
  readonly zone: string;
}

/** A copy of one of the page's templates. */
export function copy(page: HTMLElement, which: string): DocumentFragment {
  const template = one<HTMLTemplateElement>(`template${which}`, page);
  return (template?.content.cloneNode(true) ?? new DocumentFragment()) as DocumentFragment;
}

/** A verdict that fills the screen. */
export function drawVerdict(drawing: Drawing, kept: Kept): DocumentFragment {
  const made = copy(drawing.page, "[data-told]");
  const { word, icon, tone } = look(kept, kept.undone !== null);
  const verdict = one(".verdict", made);
  if (verdict) {
    verdict.dataset["kind"] = tone;
    verdict.dataset["admitted"] = String(kept.admitted && kept.undone === null);
  }
  drawIcon(drawing, one("svg", made), icon);
  fill(made, "word", word);
  fill(made, "names", kept.names.join(", "));
  fill(made, "about", kept.about);
  fill(made, "sentence", kept.undone === null ? kept.sentence : "Nobody counts as let through by this.");
  fill(made, "note", kept.pack === null ? "" : noteOf(kept));
  const photo = one<HTMLImageElement>("[data-slot=photo]", made);
  if (photo && kept.photo !== "") {
    photo.src = `data:${kept.photoType};base64,${kept.photo.replaceAll("-", "+").replaceAll("_", "/")}`;
    photo.alt = kept.names[0] ?? "";
    photo.hidden = false;
  }
  return made;
}

/** A scan as a line of the list; `open` shows it large again. */
export function drawLine(drawing: Drawing, kept: Kept, open: () => void): DocumentFragment {
  const made = copy(drawing.page, "[data-line]");
  const { word, icon, tone } = look(kept, kept.undone !== null);
  const at = one<HTMLButtonElement>("[data-slot=at]", made);
  setText(at, clockTime(kept.at / 1000, "en-GB", drawing.zone || undefined));
  at?.addEventListener("click", open);
  const badge = one("[data-slot=verdict]", made);
  if (badge) badge.dataset["kind"] = tone;
  setText(one("[data-slot=verdict] span", made), word);
  drawIcon(drawing, one("[data-slot=verdict] svg", made), icon);
  fill(made, "who", kept.names.join(", ") || "Nobody known");
  fill(made, "way", kept.direction === "entry" ? "In" : "Out");
  fill(made, "count", String(kept.count));
  fill(made, "sent", { waiting: "Not yet", sent: kept.answer || "Yes", refused: "Not taken" }[kept.progress]);
  return made;
}

function noteOf({ progress, answer }: Kept): string {
  if (progress === "waiting") return "Decided on this phone, without the server.";
  return answer;
}

function drawIcon({ icons }: Drawing, svg: Element | null, icon: string): void {
  svg?.firstElementChild?.setAttribute("href", `${icons}#${icon}`);
}

/** Fills a place of a template; a place without a text goes. */
function fill(made: DocumentFragment, slot: string, text: string): void {
  const place = one(`[data-slot=${slot}]`, made);
  if (text === "" && place?.tagName === "P") place.remove();
  else setText(place, text);
}
