/** The teacher's session page, live: rows, counts and the time left; one tap or one key marks. */
import { ServerClock } from "./lib/clock.ts";
import { all, fillCounts, highlight, one, setText, showLink } from "./lib/dom.ts";
import { liveFeed } from "./lib/feed.ts";
import { Filter } from "./lib/filter.ts";
import { installKeys } from "./lib/keys.ts";
import { Marker } from "./lib/marker.ts";
import { renewOdd } from "./lib/odd.ts";
import { installOtp } from "./lib/otp.ts";
import { Rows } from "./lib/rows.ts";
import { apply, flagsDiffer, here, nothingYet, type SessionState } from "./lib/session.ts";
import { countdown } from "./lib/time.ts";

const root = one("[data-live-session]");
if (root) start(root);
const online = one("[data-online]");
if (online) installOtp(online);

function start(root: HTMLElement): void {
  const clock = new ServerClock();
  const rows = new Rows(root);
  const filter = new Filter(root, rows);
  new Marker(root, rows, () => filter.apply()).install();
  installKeys(root, rows);
  filter.install();

  let state: SessionState = nothingYet;
  let first = true;
  const opened = root.dataset["state"];
  liveFeed(root.dataset["events"] ?? "", {
    events: ["snapshot", "mark", "session"],
    onState: (link) => showLink(root, link),
    onEvent: (type, data) => {
      const step = apply(state, type, data);
      if (!first && flagsDiffer(state.marks, step.changed)) renewOdd();
      state = step.state;
      for (const mark of step.changed) {
        const row = rows.update(mark);
        if (!row) offerReload(root);
        else if (!first) highlight(row);
      }
      first = false;
      if (state.counts) fillCounts(root, { ...state.counts, here: here(state.counts) });
      if (state.session) clock.sample(state.session.server_time);
      filter.apply();
      if (state.session && opened && opened !== state.session.state && !one("dialog[open]")) location.reload();
      tick();
    },
  });

  const tick = (): void => {
    for (const element of all("[data-countdown]", root)) {
      const ends = state.session?.ends_at ?? element.dataset["countdown"] ?? "";
      if (ends === "") continue;
      const left = Date.parse(ends) - clock.now();
      setText(element, left > 0 ? countdown(left) : "0:00");
    }
    if (state.session?.state === "closed") showLink(root, "ended");
  };
  tick();
  setInterval(tick, 500);
}

/** Somebody was enrolled after this page was made. */
function offerReload(root: HTMLElement): void {
  if (one("[data-stale]", root)) return;
  const link = document.createElement("a");
  link.href = location.href;
  link.dataset["stale"] = "";
  link.textContent = "The class list has changed. Show it anew.";
  root.prepend(link);
}
