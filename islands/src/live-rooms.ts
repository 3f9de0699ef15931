/** A room list, live: whenever somebody is scanned at one of its rooms, the list is read again. */
import { one, showLink } from "./lib/dom.ts";
import { liveFeed } from "./lib/feed.ts";

/** Scans within so many milliseconds are read together. */
const TOGETHER = 500;

const root = one("[data-live-rooms]");
if (root) follow(root);

function follow(root: HTMLElement): void {
  const url = root.dataset["events"] ?? "";
  if (url === "") return;
  let timer = 0;
  const read = async (): Promise<void> => {
    timer = 0;
    try {
      const answer = await fetch(location.href);
      if (!answer.ok || answer.redirected) return;
      const made = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = one("[data-rooms]", made.documentElement);
      // Whoever is typing into the search goes on; the next scan brings the list up to date.
      if (fresh && !root.contains(document.activeElement)) one("[data-rooms]", root)?.replaceWith(fresh);
    } catch {
      // The feed says that the server is away, and a later scan reads the list again.
    }
  };
  liveFeed(url, {
    events: ["snapshot", "scan"],
    onState: (state) => showLink(root, state),
    onEvent: (type) => {
      if (type === "scan" && timer === 0) timer = window.setTimeout(() => void read(), TOGETHER);
    },
  });
}
