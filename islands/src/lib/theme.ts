/** Changes the theme at once and tells the server in the background. */
import { all } from "./dom.ts";

export function installTheme(): void {
  for (const form of all<HTMLFormElement>("form.theme")) {
    form.addEventListener("submit", (event) => {
      const button = event.submitter;
      if (!(button instanceof HTMLButtonElement)) return;
      event.preventDefault();
      document.documentElement.dataset["theme"] = button.value;
      for (const other of all<HTMLButtonElement>("form.theme button")) {
        other.setAttribute("aria-pressed", String(other.value === button.value));
      }
      const body = new URLSearchParams({ theme: button.value, back: location.pathname });
      fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => {
        // The choice holds on this page; it is asked for again on the next.
      });
    });
  }
}
