/** Every open session of the institution, as it changes. Cards are copies of the page's template. */
import { ServerClock } from "./lib/clock.ts";
import { all, fillCounts, highlight, one, setText, showLink } from "./lib/dom.ts";
import { liveFeed } from "./lib/feed.ts";
import { applyOverview, type Item, type Sessions } from "./lib/overview.ts";
import { here, isRecord } from "./lib/session.ts";
import { countdown } from "./lib/time.ts";

const root = one("[data-live-overview]");
if (root) start(root);

function start(root: HTMLElement): void {
  const clock = new ServerClock();
  const list = one("[data-list]", root) ?? root;
  let sessions: Sessions = new Map();

  liveFeed(root.dataset["events"] ?? "", {
    events: ["snapshot", "session"],
    onState: (state) => showLink(root, state),
    onEvent: (type, data) => {
      const step = applyOverview(sessions, type, data);
      sessions = step.sessions;
      if (isRecord(data) && typeof data["server_time"] === "string") clock.sample(data["server_time"]);
      if (type === "snapshot") dropUnknown(list, sessions);
      for (const id of step.gone) cardOf(list, id)?.remove();
      for (const item of step.changed) show(root, list, item, type === "session");
      const empty = one("[data-empty]", root);
      if (empty) empty.hidden = sessions.size > 0;
      fillCounts(root, { sessions: sessions.size });
    },
  });

  setInterval(() => {
    for (const element of all("[data-countdown]", root)) {
      const left = Date.parse(element.dataset["countdown"] ?? "") - clock.now();
      if (!Number.isNaN(left)) setText(element, left > 0 ? `${countdown(left)} left` : "closing");
    }
  }, 1000);
}

function cardOf(list: HTMLElement, id: string): HTMLElement | null {
  return one(`[data-session="${CSS.escape(id)}"]`, list);
}

/** The server drew cards that the snapshot no longer names. */
function dropUnknown(list: HTMLElement, sessions: Sessions): void {
  for (const card of all("[data-session]", list)) {
    if (!sessions.has(card.dataset["session"] ?? "")) card.remove();
  }
}

function show(root: HTMLElement, list: HTMLElement, item: Item, fresh: boolean): void {
  const card = cardOf(list, item.id) ?? add(root, list, item);
  if (!card) return;
  const words: Record<string, string> = {
    class_name: item.class_name,
    code: item.section ? `${item.course_code} · ${item.section}` : item.course_code,
    teacher: item.teacher,
    room: item.room,
  };
  for (const element of all("[data-field]", card)) {
    setText(element, words[element.dataset["field"] ?? ""] ?? element.textContent ?? "");
    if (element instanceof HTMLAnchorElement && item.url.startsWith("/")) element.href = item.url;
  }
  const count = here(item.counts);
  fillCounts(card, { ...item.counts, here: count });
  const share = item.counts.enrolled > 0 ? Math.round((100 * count) / item.counts.enrolled) : 0;
  one("[data-bar]", card)?.setAttribute("width", String(share));
  const left = one("[data-countdown]", card);
  if (left) left.dataset["countdown"] = item.ends_at;
  if (fresh) highlight(card);
}

function add(root: HTMLElement, list: HTMLElement, item: Item): HTMLElement | null {
  const template = one<HTMLTemplateElement>("template[data-card]", root);
  const card = template?.content.firstElementChild?.cloneNode(true);
  if (!(card instanceof HTMLElement)) return null;
  card.dataset["session"] = item.id;
  list.prepend(card);
  return card;
}
