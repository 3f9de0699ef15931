/** Asks why a mark is changed; answers null when the teacher thinks better of it. */
export function askReason(name: string, status: string, detail: string): Promise<string | null> {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "reason-title");
  dialog.innerHTML = `<form method="dialog" class="dialog-body">
    <h2 id="reason-title"></h2>
    <div class="field"><label for="reason-text">Reason</label><p class="hint" id="reason-hint"></p>
    <textarea class="input" id="reason-text" rows="2" maxlength="500" required aria-describedby="reason-hint"></textarea></div>
    <div class="actions"><button class="button" value="no" formnovalidate>Cancel</button><button class="button primary" value="yes">Save</button></div>
  </form>`;
  const title = dialog.querySelector("h2") as HTMLElement;
  const hint = dialog.querySelector(".hint") as HTMLElement;
  const field = dialog.querySelector("textarea") as HTMLTextAreaElement;
  title.textContent = `${name}: ${status}`;
  hint.textContent = detail || "This mark was set before. Say in a few words why it changes.";
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    dialog.querySelector<HTMLButtonElement>("[value=yes]")?.click();
  });
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const reason = field.value.trim();
      dialog.remove();
      resolve(dialog.returnValue === "yes" && reason !== "" ? reason : null);
    });
    dialog.showModal();
    field.focus();
  });
}
