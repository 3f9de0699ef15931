/** The verifier's page: what is scanned or typed is presented at once, and the verdict fills the screen. */
import { Camera, whyNot } from "./lib/camera.ts";
import { all, one, setText } from "./lib/dom.ts";
import { watchGates } from "./lib/gates.ts";
import { randomName } from "./lib/nonce.ts";
import { Scanner } from "./lib/scanner.ts";
import { stayAwake } from "./lib/screen.ts";
import { Sightings } from "./lib/sightings.ts";
import { Signal } from "./lib/signal.ts";
import { VerdictScreen } from "./lib/verdict-screen.ts";

const HOLD = "Hold the code in the frame.";
/** Which gate's camera is running, so that it goes on after another page. */
const SCANNING = "muster.scanning";

const page = one("[data-verify]");
if (page) start(page);

function start(page: HTMLElement): void {
  const signal = new Signal();
  const screen = new VerdictScreen(page, signal);
  for (const form of all<HTMLFormElement>("form[data-present]", page)) screen.take(form);
  watchGates(page);
  const part = one("[data-scan]", page);
  if (part && Camera.offered) scan(page, part, screen, signal);
}

function scan(page: HTMLElement, part: HTMLElement, screen: VerdictScreen, signal: Signal): void {
  const view = one("[data-scan-view]", part);
  const video = one<HTMLVideoElement>("video", part);
  const open = one("[data-scan-open]", part);
  const form = one<HTMLFormElement>("[data-by-code]", page);
  if (!view || !video || !open || !form) return;
  const note = one("[data-scan-note]", part);
  const lenses = one<HTMLSelectElement>("[data-scan-camera]", part);
  const light = one<HTMLButtonElement>("[data-scan-light]", part);
  const { worker = "", wasm = "" } = part.dataset;
  const scanner = new Scanner(video, { worker, wasm });
  const sightings = new Sightings();

  const found = {
    text: (text: string): boolean => {
      const fresh = sightings.isNew(text, performance.now(), screen.ready);
      if (!fresh) return false;
      const data = new FormData(form);
      data.set("credential", text);
      data.set("nonce", randomName());
      void screen.present(data);
      return false;
    },
    failed: (error: unknown): void => setText(note, whyNot(error)),
  };
  const show = (on: boolean): void => {
    view.hidden = !on;
    open.hidden = on;
  };
  const look = async (camera = ""): Promise<void> => {
    show(true);
    setText(note, "Starting the camera …");
    try {
      await scanner.start(found, camera);
      if (view.hidden) return scanner.stop();
      setText(note, HOLD);
      remember(page.dataset["point"] ?? "");
      void stayAwake();
      await offer();
    } catch (error) {
      setText(note, whyNot(error));
    }
  };
  /** What this camera can do besides. */
  const offer = async (): Promise<void> => {
    if (light) light.hidden = !scanner.camera.hasLight;
    light?.setAttribute("aria-pressed", "false");
    const others = await scanner.camera.lenses();
    if (!lenses) return;
    lenses.closest(".field")?.toggleAttribute("hidden", others.length < 2);
    lenses.replaceChildren(...others.map((lens) => new Option(lens.name, lens.id)));
    lenses.value = scanner.camera.current;
  };

  part.hidden = false;
  open.addEventListener("click", () => {
    signal.prepare();
    void look();
  });
  one("[data-scan-close]", part)?.addEventListener("click", () => {
    scanner.stop();
    remember("");
    show(false);
  });
  addEventListener("pagehide", () => scanner.stop());
  lenses?.addEventListener("change", () => void look(lenses.value));
  light?.addEventListener("click", () => {
    const on = light.getAttribute("aria-pressed") !== "true";
    void scanner.camera.light(on).then(() => light.setAttribute("aria-pressed", String(on)));
  });
  if (remembered() === page.dataset["point"]) void look();
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
