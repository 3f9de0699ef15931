/** Looks through a camera for codes until one is the right one. */
import { Camera, whyNot } from "./camera.ts";
import { decoder, type Decoder } from "./decoder.ts";
import { one, setText } from "./dom.ts";
import { Looks } from "./looks.ts";

/** Time between two looks, in milliseconds. */
const PAUSE = 80;

export interface Found {
  /** A text that was read, as often as it is in the picture; true ends the search. */
  text(text: string): boolean;
  /** Nothing can be read any more. */
  failed(error: unknown): void;
}

/** Addresses of the script that reads codes, and of its program. */
export interface Scripts {
  readonly worker: string;
  readonly wasm: string;
}

export class Scanner {
  readonly camera: Camera;
  #decoder: Decoder | null = null;
  #round = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly scripts: Scripts,
  ) {
    this.camera = new Camera(video);
  }

  /** Opens the camera and looks until a text is the right one, or until it is stopped. */
  async start(found: Found, camera = ""): Promise<void> {
    const round = ++this.#round;
    await this.camera.open(camera);
    this.#decoder ??= await decoder(this.scripts.worker, this.scripts.wasm);
    if (round !== this.#round) return this.camera.close();
    void this.#look(round, this.#decoder, found);
  }

  stop(): void {
    this.#round++;
    this.camera.close();
    this.#decoder?.close();
    this.#decoder = null;
  }

  async #look(round: number, decoder: Decoder, found: Found): Promise<void> {
    const looks = new Looks();
    try {
      while (round === this.#round) {
        if (this.video.videoWidth > 0) {
          const texts = await decoder.read(this.video, looks.now);
          looks.heard(texts.length > 0);
          if (round === this.#round && texts.some((text) => found.text(text))) return this.stop();
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    } catch (error) {
      if (round === this.#round) {
        this.stop();
        found.failed(error);
      }
    }
  }
}

/** What a page wants of its camera. */
export interface Wanted {
  /** Said while the camera looks. */
  readonly hold: string;
  /** As in `Found`. */
  text(text: string): boolean;
  /** Whether the picture is still wanted once the camera has started. */
  stays(): boolean;
}

/** A scanner with what its page offers around the picture: a note, the light, the other cameras. */
export class Viewfinder {
  readonly #scanner: Scanner;
  readonly #note: HTMLElement | null;
  readonly #lenses: HTMLSelectElement | null;
  readonly #light: HTMLButtonElement | null;

  /** `part` holds the controls; its element with the scripts' addresses is `[data-scan]`. */
  constructor(
    part: HTMLElement,
    video: HTMLVideoElement,
    private readonly wanted: Wanted,
  ) {
    const { worker = "", wasm = "" } = part.closest<HTMLElement>("[data-scan]")?.dataset ?? {};
    this.#scanner = new Scanner(video, { worker, wasm });
    this.#note = one("[data-scan-note]", part);
    this.#lenses = one<HTMLSelectElement>("[data-scan-camera]", part);
    this.#light = one<HTMLButtonElement>("[data-scan-light]", part);
    this.#lenses?.addEventListener("change", () => void this.look(this.#lenses?.value));
    this.#light?.addEventListener("click", () => void this.#switchLight());
    addEventListener("pagehide", () => this.stop());
  }

  /** Starts; true once the camera looks. */
  async look(camera = ""): Promise<boolean> {
    this.say("Starting the camera …");
    const { hold, text, stays } = this.wanted;
    const failed = (error: unknown): void => this.say(whyNot(error));
    try {
      await this.#scanner.start({ text, failed }, camera);
      if (!stays()) {
        this.stop();
        return false;
      }
      this.say(hold);
      await this.#offer();
      return true;
    } catch (error) {
      failed(error);
      return false;
    }
  }

  say(text: string): void {
    setText(this.#note, text);
  }

  stop(): void {
    this.#scanner.stop();
  }

  /** What this camera can do besides. */
  async #offer(): Promise<void> {
    const { camera } = this.#scanner;
    if (this.#light) this.#light.hidden = !camera.hasLight;
    this.#light?.setAttribute("aria-pressed", "false");
    const others = await camera.lenses();
    if (!this.#lenses) return;
    this.#lenses.closest(".field")?.toggleAttribute("hidden", others.length < 2);
    this.#lenses.replaceChildren(...others.map((lens) => new Option(lens.name, lens.id)));
    this.#lenses.value = camera.current;
  }

  async #switchLight(): Promise<void> {
    const on = this.#light?.getAttribute("aria-pressed") !== "true";
    await this.#scanner.camera.light(on);
    this.#light?.setAttribute("aria-pressed", String(on));
  }
}
