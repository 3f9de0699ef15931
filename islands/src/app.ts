/** Loaded on every page: theme, command palette, confirmations, relative times, forms sent once. */
import { askBeforeSubmit } from "./lib/confirm.ts";
import { all, locale, one, setText } from "./lib/dom.ts";
import { installPalette } from "./lib/palette.ts";
import { installTheme } from "./lib/theme.ts";
import { relative } from "./lib/time.ts";

document.documentElement.classList.add("script");

installTheme();
installPalette();
askBeforeSubmit();
sendFormsOnce();
closeMenus();
submitOnChange();
one("[data-focus]")?.focus();
showRelativeTimes();
setInterval(showRelativeTimes, 20_000);
installWorker();

/**
 * Browsers have service workers over HTTPS and on this machine alone; without one all works, too. A
 * page that was on its way when the worker took over asks to be taken over as well.
 */
function installWorker(): void {
  const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (!container) return;
  container.register("/worker.js").catch(() => undefined);
  void container.ready.then(({ active }) => {
    if (!container.controller) active?.postMessage("claim");
  });
}

/** Relative in the text, absolute in the title. */
function showRelativeTimes(): void {
  for (const element of all<HTMLTimeElement>("time[data-relative]")) {
    element.title ||= element.textContent ?? "";
    const words = relative(Date.parse(element.dateTime), Date.now(), locale());
    setText(element, words ?? element.title);
  }
}

/** A second tap on a form that is on its way does nothing. */
function sendFormsOnce(): void {
  const sent = new WeakSet<HTMLFormElement>();
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.method === "dialog" || form.method === "get") return;
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    sent.add(form);
    const button = event.submitter;
    button?.setAttribute("aria-busy", "true");
    setTimeout(() => {
      sent.delete(form);
      button?.removeAttribute("aria-busy");
    }, 10_000);
  });
}

/** The menu behind "More" closes on Escape and on a tap beside it. */
function closeMenus(): void {
  const close = (focus: boolean): void => {
    for (const menu of all<HTMLDetailsElement>(".tabbar details[open]")) {
      menu.open = false;
      if (focus) one("summary", menu)?.focus();
    }
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close(true);
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && !event.target.closest(".tabbar details")) close(false);
  });
}

function submitOnChange(): void {
  for (const form of all<HTMLFormElement>("form[data-submit-on-change]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }
}
