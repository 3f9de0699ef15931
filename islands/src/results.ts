/** Typing results: Enter and arrows move down a column, and a column that was copied fills it. */
import { cells, led } from "./lib/column.ts";
import { all } from "./lib/dom.ts";

for (const form of all<HTMLFormElement>("[data-results]")) {
  form.addEventListener("keydown", (event) => {
    const { column, at } = found(form, event.target);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const enters = event.key === "Enter";
    const to = led(event.key, event.shiftKey, at, column.length);
    // Enter in a field would send a list that is half typed.
    if (enters || to !== null) event.preventDefault();
    const next = to === null ? undefined : column[to];
    next?.focus();
    next?.select();
  });
  form.addEventListener("paste", (event) => {
    const { column, at } = found(form, event.target);
    const copied = cells(event.clipboardData?.getData("text/plain") ?? "");
    if (at < 0 || !copied) return;
    event.preventDefault();
    for (const [by, text] of copied.entries()) {
      const field = column[at + by];
      if (field) field.value = text;
    }
  });
}

/** The fields of the same assessment or of the remarks, from the top, and which of them this is. */
function found(form: HTMLFormElement, target: EventTarget | null): { column: HTMLInputElement[]; at: number } {
  const field = target instanceof HTMLInputElement && target.dataset["column"] ? target : null;
  if (!field) return { column: [], at: -1 };
  const name = CSS.escape(field.dataset["column"] ?? "");
  const column = all<HTMLInputElement>(`input[data-column="${name}"]`, form);
  return { column, at: column.indexOf(field) };
}
