/** Looks through a camera for codes until one is the right one. */
import { Camera } from "./camera.ts";
import { decoder, type Decoder } from "./decoder.ts";

/** Longest side of the picture that is looked at, in pixels: enough for a code across a hall. */
const LOOKED_AT = 1024;
/** Time between two looks, in milliseconds. */
const PAUSE = 80;

export interface Found {
  /** A text that was read, as often as it is in the picture; true ends the search. */
  text(text: string): boolean;
  /** Nothing can be read any more. */
  failed(error: unknown): void;
}

export class Scanner {
  readonly camera: Camera;
  #decoder: Decoder | null = null;
  #round = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly scripts: { worker: string; wasm: string },
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
    const canvas = document.createElement("canvas");
    const paper = canvas.getContext("2d", { willReadFrequently: true });
    try {
      while (paper && round === this.#round) {
        const { videoWidth: width, videoHeight: height } = this.video;
        if (width > 0) {
          const scale = Math.min(1, LOOKED_AT / Math.max(width, height));
          [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
          paper.drawImage(this.video, 0, 0, canvas.width, canvas.height);
          const texts = await decoder.read(paper.getImageData(0, 0, canvas.width, canvas.height));
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
