/** The enrolment manager: arrows, Shift and Ctrl A in its lists, Enter to move, rows that drag. */
import { all, one } from "./lib/dom.ts";
import { command } from "./lib/picks.ts";

const forms = all<HTMLFormElement>("[data-mover]");
/** The list from which rows are dragged now. */
let dragging: HTMLFormElement | null = null;

for (const form of forms) {
  const boxes = all<HTMLInputElement>("[data-picks] input", form);
  for (const box of boxes) {
    box.addEventListener("keydown", (event) => press(event, form, boxes));
    const row = box.closest("li");
    if (!row) continue;
    row.draggable = true;
    row.addEventListener("dragstart", (event) => {
      // A row that is lifted goes with those that are ticked; alone, if it is none of them.
      if (!box.checked) for (const other of boxes) other.checked = other === box;
      event.dataTransfer?.setData("text/plain", box.value);
      dragging = form;
    });
    row.addEventListener("dragend", () => {
      dragging = null;
      for (const other of forms) delete other.dataset["over"];
    });
  }
  form.addEventListener("dragover", (event) => {
    if (!dragging || dragging === form) return;
    event.preventDefault();
    form.dataset["over"] = "";
  });
  form.addEventListener("dragleave", () => delete form.dataset["over"]);
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    if (dragging && dragging !== form) move(dragging);
  });
}

/** Sends a list's ticked rows to the other one. */
function move(form: HTMLFormElement): void {
  const button = one<HTMLButtonElement>("[data-move]", form);
  if (button && one("input:checked", form)) form.requestSubmit(button);
}

function press(event: KeyboardEvent, form: HTMLFormElement, boxes: HTMLInputElement[]): void {
  const at = boxes.indexOf(event.target as HTMLInputElement);
  const wish = command(event, at, boxes.length);
  if (!wish) return;
  event.preventDefault();
  switch (wish.do) {
    case "send":
      return move(form);
    case "all":
      for (const box of boxes) box.checked = true;
      return;
    case "go":
      for (const row of wish.tick ? [at, wish.to] : []) {
        const box = boxes[row];
        if (box) box.checked = true;
      }
      boxes[wish.to]?.focus();
  }
}
