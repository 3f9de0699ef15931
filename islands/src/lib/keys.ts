/** Keys of the teacher's list: move between rows, mark the row that has the focus, find, help. */
import { isWriting, one, setSingleKeys, singleKeys } from "./dom.ts";
import type { Rows } from "./rows.ts";
import type { Status } from "./session.ts";

export type Command =
  | { do: "move"; by: 1 | -1 }
  | { do: "mark"; status: Status }
  | { do: "filter" }
  | { do: "help" };

/** What a key means; nothing when it belongs to the browser. */
export function command(key: string): Command | null {
  switch (key) {
    case "j":
    case "ArrowDown":
      return { do: "move", by: 1 };
    case "k":
    case "ArrowUp":
      return { do: "move", by: -1 };
    case "p":
      return { do: "mark", status: "present" };
    case "l":
      return { do: "mark", status: "late" };
    case "e":
      return { do: "mark", status: "excused" };
    case "a":
      return { do: "mark", status: "absent" };
    case "/":
      return { do: "filter" };
    case "?":
      return { do: "help" };
    default:
      return null;
  }
}

export function installKeys(root: HTMLElement, rows: Rows): void {
  const help = (): void => showHelp();
  one("[data-help]", root)?.addEventListener("click", help);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isWriting(event.target)) {
      leaveFilter(event, root, rows);
      return;
    }
    const wanted = command(event.key);
    const row = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>("tr[data-person]") ?? null;
    if (!wanted || (event.key.length === 1 && !singleKeys())) return;
    // Arrows scroll the page until a row has the focus.
    if (event.key.startsWith("Arrow") && !row) return;
    if (wanted.do === "mark" && !row) return;
    event.preventDefault();
    if (wanted.do === "move") move(rows, row, wanted.by);
    else if (wanted.do === "mark") one<HTMLButtonElement>(`.marker [value=${wanted.status}]`, row ?? root)?.click();
    else if (wanted.do === "filter") one("[data-filter]", root)?.focus();
    else help();
  });
}

/** From the filter, Enter and the down arrow lead to the first row that fits. */
function leaveFilter(event: KeyboardEvent, root: HTMLElement, rows: Rows): void {
  const field = one<HTMLInputElement>("[data-filter]", root);
  if (event.target !== field || (event.key !== "Enter" && event.key !== "ArrowDown")) return;
  event.preventDefault();
  rows.visible()[0]?.focus();
}

function move(rows: Rows, from: HTMLElement | null, by: 1 | -1): void {
  const visible = rows.visible();
  const at = from ? visible.indexOf(from) : by === 1 ? -1 : visible.length;
  const next = visible[Math.min(visible.length - 1, Math.max(0, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function showHelp(): void {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "keys-title");
  dialog.innerHTML = `<form method="dialog" class="dialog-body"><h2 id="keys-title">Keys</h2>
    <dl class="keys">
      <dt><kbd>j / k</kbd></dt><dd>next, previous student; then also the arrows</dd>
      <dt><kbd>p / l / e / a</kbd></dt><dd>present, late, excused, absent</dd>
      <dt><kbd>Slash</kbd></dt><dd>find in the list</dd><dt><kbd>Shift ?</kbd></dt><dd>this help</dd>
      <dt><kbd>Ctrl K</kbd></dt><dd>jump to anything</dd>
    </dl>
    <label class="check"><input type="checkbox"><span>Use keys of a single letter on this device</span></label>
    <div class="actions"><button class="button primary">Close</button></div></form>`;
  const box = dialog.querySelector("input") as HTMLInputElement;
  box.checked = singleKeys();
  box.addEventListener("change", () => setSingleKeys(box.checked));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("button")?.focus();
}
