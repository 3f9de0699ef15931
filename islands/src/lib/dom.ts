/** Small helpers over the document. */

export function all<E extends Element = HTMLElement>(selector: string, within: ParentNode = document): E[] {
  return [...within.querySelectorAll<E>(selector)];
}

export function one<E extends Element = HTMLElement>(selector: string, within: ParentNode = document): E | null {
  return within.querySelector<E>(selector);
}

/** Language of the page, for numbers and times. */
export const locale = (): string => document.documentElement.lang || "en";

/** Changes a text only where it differs, so that nothing is announced twice. */
export function setText(element: Element | null, text: string): void {
  if (element && element.textContent !== text) element.textContent = text;
}

/** Fills every `[data-count]` within a part of the page. */
export function fillCounts(within: ParentNode, counts: Record<string, number>): void {
  const format = new Intl.NumberFormat(locale());
  for (const element of all("[data-count]", within)) {
    const value = counts[element.dataset["count"] ?? ""];
    if (value !== undefined) setText(element, format.format(value));
  }
}

/** Plays the highlight of something that has just arrived. */
export function highlight(element: HTMLElement): void {
  element.classList.remove("arrived");
  void element.offsetWidth;
  element.classList.add("arrived");
  element.addEventListener("animationend", () => element.classList.remove("arrived"), { once: true });
}

/** Whether someone is writing, so that a single key belongs to them. */
export function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const text = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit])";
  return target.matches(text) || document.querySelector("dialog[open]") !== null;
}

/** Whether shortcuts of a single key are wanted; people who dictate switch them off. */
export function singleKeys(): boolean {
  try {
    return localStorage.getItem("muster.keys") !== "off";
  } catch {
    return true;
  }
}

export function setSingleKeys(on: boolean): void {
  try {
    localStorage.setItem("muster.keys", on ? "on" : "off");
  } catch {
    // A browser without storage keeps the default.
  }
}

const LINK_WORDS = {
  connecting: "Connecting…",
  live: "Live",
  waiting: "Reconnecting…",
  ended: "Closed",
  "signed-out": "You are signed out.",
  refused: "This page is no longer yours to read.",
};

/** Says in words how the connection is. */
export function showLink(within: ParentNode, state: keyof typeof LINK_WORDS, text?: string): void {
  for (const element of all("[data-link-state]", within)) {
    if (element.dataset["link"] === state && state === "signed-out") continue;
    element.dataset["link"] = state;
    setText(element, text ?? LINK_WORDS[state]);
    if (state === "signed-out") element.append(" ", signInLink());
  }
}

/** Signing in leads back to this page. */
function signInLink(): HTMLAnchorElement {
  const link = document.createElement("a");
  link.href = `/sign-in?back=${encodeURIComponent(location.pathname)}`;
  link.textContent = "Sign in again";
  return link;
}
