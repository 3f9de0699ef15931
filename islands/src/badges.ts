/** Marking by badge: the camera looks at one card after the other, and each answer is told at once. */
import { Camera } from "./lib/camera.ts";
import { fillCounts, locale, one, setText, showLink } from "./lib/dom.ts";
import { liveFeed } from "./lib/feed.ts";
import { problemOf } from "./lib/problem.ts";
import { Viewfinder } from "./lib/scanner.ts";
import { stayAwake } from "./lib/screen.ts";
import { apply, isRecord, nothingYet, type SessionState } from "./lib/session.ts";
import { Signal } from "./lib/signal.ts";
import { Sightings } from "./lib/sightings.ts";

const HOLD = "Hold one badge after the other in the frame.";
const WORDS: Record<string, string> = { present: "present", late: "late", excused: "excused", absent: "absent" };

interface Marked {
  person: string;
  name: string;
  roll_number: string;
  status: string;
  method: string;
  at: string;
  already: boolean;
}

function start(page: HTMLElement): void {
  const desk = new Desk(page);
  watch(page);
  const form = one<HTMLFormElement>("[data-by-code]", page);
  const code = form && one<HTMLInputElement>("[name=credential]", form);
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    desk.signal.prepare();
    if (!code || desk.busy) return;
    void desk.present(code.value).then((taken) => {
      if (taken) code.value = "";
      code.focus();
    });
  });
  const part = one("[data-scan]", page);
  if (part && Camera.offered) scan(part, desk);
}

/** Presents badges, tells what came of each, and keeps the list of those who were marked. */
class Desk {
  readonly signal = new Signal();
  busy = false;

  constructor(private readonly page: HTMLElement) {}

  /** True once a mark stands. */
  async present(credential: string): Promise<boolean> {
    this.busy = true;
    try {
      const answer = await fetch(this.page.dataset["action"] ?? "", {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify({ credential }),
      });
      if (answer.status === 401) {
        location.reload();
        return false;
      }
      if (!answer.ok) {
        this.#tell("error", await refusal(answer));
        return false;
      }
      this.#marked((await answer.json()) as Marked);
      return true;
    } catch {
      this.#tell("error", "The server can't be reached: nobody was marked. Try again in a moment.");
      return false;
    } finally {
      this.busy = false;
    }
  }

  #marked(marked: Marked): void {
    const word = WORDS[marked.status] ?? marked.status;
    const here = marked.status === "present" || marked.status === "late";
    const at = clock(marked.at);
    if (marked.already) this.#tell(here ? "info" : "warning", `${marked.name} was marked ${word} already, at ${at}.`, here);
    else this.#tell("ok", `${marked.name} is marked ${word}.`, true);
    if (marked.method === "badge") this.#line(marked, at);
  }

  #tell(kind: string, text: string, good = false): void {
    const result = one("[data-result]", this.page);
    if (result) {
      result.hidden = false;
      result.dataset["kind"] = kind;
    }
    setText(one("[data-result-text]", this.page), text);
    this.signal.give(good);
  }

  #line(marked: Marked, at: string): void {
    const body = one("[data-lines] tbody", this.page);
    const template = one<HTMLTemplateElement>("template[data-line]", this.page);
    const row = template?.content.firstElementChild?.cloneNode(true);
    if (!body || !(row instanceof HTMLElement)) return;
    one(`tr[data-person="${marked.person}"]`, body)?.remove();
    row.dataset["person"] = marked.person;
    setText(one("[data-name]", row), marked.name);
    setText(one("[data-roll]", row), marked.roll_number);
    setText(one("[data-time]", row), at);
    const badge = one<HTMLTemplateElement>(`template[data-badge="${marked.status}"]`, this.page);
    one("[data-status-cell]", row)?.append(badge?.content.cloneNode(true) ?? "");
    body.prepend(row);
    one("[data-lines]", this.page)?.removeAttribute("hidden");
    one("[data-no-lines]", this.page)?.setAttribute("hidden", "");
  }
}

/** What a refusal says; of a mistyped code, what is wrong with it. */
async function refusal(answer: Response): Promise<string> {
  const copy = answer.clone();
  const { detail } = await problemOf(answer);
  if (answer.status !== 422) return detail || "That did not work: nobody was marked.";
  const body: unknown = await copy.json().catch(() => null);
  const errors = isRecord(body) && Array.isArray(body["errors"]) ? (body["errors"] as unknown[]) : [];
  const first = errors.find(isRecord)?.["detail"];
  return typeof first === "string" ? first : detail;
}

function clock(at: string): string {
  return new Date(at).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });
}

/** The counts, live: others may mark the same class by code or by hand meanwhile. */
function watch(page: HTMLElement): void {
  let state: SessionState = nothingYet;
  liveFeed(page.dataset["events"] ?? "", {
    events: ["snapshot", "mark", "session"],
    onState: (link) => showLink(page, link),
    onEvent: (type, data) => {
      state = apply(state, type, data).state;
      if (state.counts) fillCounts(page, { ...state.counts });
    },
  });
}

function scan(part: HTMLElement, desk: Desk): void {
  const view = one("[data-scan-view]", part);
  const video = one<HTMLVideoElement>("video", part);
  const open = one("[data-scan-open]", part);
  if (!view || !video || !open) return;
  const sightings = new Sightings();
  const finder = new Viewfinder(part, video, {
    hold: HOLD,
    text: (text) => {
      if (sightings.isNew(text, performance.now(), !desk.busy)) void desk.present(text);
      return false;
    },
    stays: () => !view.hidden,
  });
  const show = (on: boolean): void => {
    view.hidden = !on;
    open.hidden = on;
  };
  part.hidden = false;
  open.addEventListener("click", () => {
    desk.signal.prepare();
    show(true);
    void finder.look().then((looks) => (looks ? stayAwake() : undefined));
  });
  one("[data-scan-close]", part)?.addEventListener("click", () => {
    finder.stop();
    show(false);
  });
}

const page = one("[data-badges]");
if (page) start(page);
