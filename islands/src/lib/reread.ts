/** A list that is read again whenever there is news of it. */
import { all, one, showLink } from "./dom.ts";
import { liveFeed } from "./feed.ts";

/** News within so many milliseconds are read together. */
const TOGETHER = 500;

/** Reads the part of the page again that matches, at each event of that name. */
export function rereadOn(root: HTMLElement, part: string, name: string): void {
  const url = root.dataset["events"] ?? "";
  if (url === "") return;
  let timer = 0;
  const soon = (): void => {
    if (timer === 0) timer = window.setTimeout(() => void read(), TOGETHER);
  };
  const read = async (): Promise<void> => {
    timer = 0;
    // Whoever is typing goes on; the list follows as soon as they look up.
    if (root.contains(document.activeElement)) {
      root.addEventListener("focusout", soon, { once: true });
      return;
    }
    try {
      const answer = await fetch(location.href);
      if (!answer.ok || answer.redirected) return;
      const made = new DOMParser().parseFromString(await answer.text(), "text/html");
      const old = one(part, root);
      const fresh = one(part, made.documentElement);
      if (!old || !fresh) return;
      keepTyped(old, fresh);
      old.replaceWith(fresh);
    } catch {
      // The feed says that the server is away, and later news read the list again.
    }
  };
  liveFeed(url, {
    events: ["snapshot", name],
    onState: (state) => showLink(root, state),
    onEvent: (type) => {
      if (type === name) soon();
    },
  });
}

/** Takes over what was typed into fields that are still there. */
export function keepTyped(old: ParentNode, fresh: ParentNode): void {
  for (const field of all("input[id]", old)) {
    if (!(field instanceof HTMLInputElement) || field.value === field.defaultValue) continue;
    const same = all("input[id]", fresh).find((other) => other.id === field.id);
    if (same instanceof HTMLInputElement) same.value = field.value;
  }
}
