/** The camera of a verifier's page: whatever is new in the picture is presented, one after another. */
import { Camera } from "./camera.ts";
import { one } from "./dom.ts";
import { Viewfinder } from "./scanner.ts";
import { stayAwake } from "./screen.ts";
import { Sightings } from "./sightings.ts";

/** Which gate's camera is running, so that it goes on after another page. */
const SCANNING = "muster.scanning";

/** What the page does with a code. */
export interface Gate {
  readonly point: string;
  /** Whether the next code may be presented. */
  ready(): boolean;
  present(text: string): void;
  /** The page was touched: sounds are allowed from now on. */
  touched(): void;
}

/** Sets the camera up, if there may be one; ends it where the page goes on to something else. */
export function gateCamera(part: HTMLElement, gate: Gate): () => void {
  const view = one("[data-scan-view]", part);
  const video = one<HTMLVideoElement>("video", part);
  const open = one("[data-scan-open]", part);
  if (!Camera.offered || !view || !video || !open) return () => undefined;
  const sightings = new Sightings();
  const finder = new Viewfinder(part, video, {
    hold: "Hold the code in the frame.",
    text: (text) => {
      if (sightings.isNew(text, performance.now(), gate.ready())) gate.present(text);
      return false;
    },
    stays: () => !view.hidden,
  });
  const show = (on: boolean): void => {
    view.hidden = !on;
    open.hidden = on;
  };
  const look = async (): Promise<void> => {
    show(true);
    if (!(await finder.look())) return;
    remember(gate.point);
    void stayAwake();
  };
  const stop = (): void => {
    finder.stop();
    show(false);
  };
  part.hidden = false;
  open.addEventListener("click", () => {
    gate.touched();
    void look();
  });
  one("[data-scan-close]", part)?.addEventListener("click", () => {
    remember("");
    stop();
  });
  if (gate.point !== "" && remembered() === gate.point) void look();
  return stop;
}

function remember(point: string): void {
  try {
    sessionStorage.setItem(SCANNING, point);
  } catch {
    // A browser without storage asks again.
  }
}

function remembered(): string | null {
  try {
    return sessionStorage.getItem(SCANNING);
  } catch {
    return null;
  }
}
