/** Forms with `data-confirm` ask first, in a dialog that says what will happen. */
import { one, setText } from "./dom.ts";

export function askBeforeSubmit(): void {
  const agreed = new WeakSet<HTMLFormElement>();
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target as HTMLFormElement;
      const question = form.dataset["confirm"];
      const dialog = one<HTMLDialogElement>("#confirm");
      if (!question || !dialog || agreed.delete(form)) return;
      event.preventDefault();
      event.stopPropagation();
      const submitter = event.submitter;
      setText(one("#confirm-text", dialog), question);
      setText(one("[data-confirm-yes]", dialog), submitter?.textContent?.trim() || "Go on");
      dialog.returnValue = "no";
      dialog.addEventListener(
        "close",
        () => {
          if (dialog.returnValue !== "yes") return;
          agreed.add(form);
          form.requestSubmit(submitter);
        },
        { once: true },
      );
      dialog.showModal();
    },
    { capture: true },
  );
}
