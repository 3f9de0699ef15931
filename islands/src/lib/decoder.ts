/** Reads QR codes from a video's picture: by the browser itself where it can, else by a worker. */
import { partOf, type Look } from "./looks.ts";

/** What the worker is told first, and then for every picture. */
export type Told = { wasm: string } | { frame: VideoFrame; look: Look } | { picture: ImageData; look: Look };

/** What the worker answers: the texts that it found, or that it can't work. */
export type Read = { texts: string[] } | { failed: string };

export interface Decoder {
  /** The texts in what a look takes of the picture, in no order. */
  read(video: HTMLVideoElement, look: Look): Promise<string[]>;
  close(): void;
}

/** The part of the shape detection API that is used. */
interface Detector {
  detect(picture: ImageData): Promise<{ rawValue: string }[]>;
}

interface DetectorKind {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

/** `worker` and `wasm` are addresses of the script and of its program. */
export async function decoder(worker: string, wasm: string): Promise<Decoder> {
  return (await native()) ?? working(worker, wasm);
}

async function native(): Promise<Decoder | null> {
  const kind = (globalThis as { BarcodeDetector?: DetectorKind }).BarcodeDetector;
  if (!kind || !(await kind.getSupportedFormats()).includes("qr_code")) return null;
  const detector = new kind({ formats: ["qr_code"] });
  const draw = drawing();
  const read = async (video: HTMLVideoElement, look: Look): Promise<string[]> =>
    (await detector.detect(draw(video, look))).map((found) => found.rawValue);
  return { read, close: () => undefined };
}

/** Nothing can be asked of the worker. */
class NotStarted extends Error {}

function working(script: string, wasm: string): Decoder {
  const worker = new Worker(script, { type: "module" });
  worker.postMessage({ wasm } satisfies Told);
  const ask = (told: Told, given: Transferable): Promise<string[]> =>
    new Promise((resolve, reject) => {
      worker.onerror = () => reject(new NotStarted("the worker that reads codes did not start"));
      worker.onmessage = (event: MessageEvent<Read>) => {
        if ("texts" in event.data) resolve(event.data.texts);
        else reject(new Error(event.data.failed));
      };
      worker.postMessage(told, [given]);
    });
  const draw = drawing();
  // A frame is handed over as it is, and the page goes on. Not every browser has frames, or takes them so.
  let frames = "VideoFrame" in globalThis;
  const read = async (video: HTMLVideoElement, look: Look): Promise<string[]> => {
    if (frames) {
      try {
        const frame = new VideoFrame(video);
        return await ask({ frame, look }, frame);
      } catch (error) {
        if (error instanceof NotStarted) throw error;
        frames = false;
      }
    }
    const picture = draw(video, look);
    return ask({ picture, look }, picture.data.buffer);
  };
  return { read, close: () => worker.terminate() };
}

/** Draws what a look takes of a video, again and again on one canvas. */
function drawing(): (video: HTMLVideoElement, look: Look) => ImageData {
  const canvas = document.createElement("canvas");
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  return (video, look) => {
    if (!paper) throw new Error("nothing to draw on");
    const { x, y, width, height, step } = partOf(look, video.videoWidth, video.videoHeight);
    [canvas.width, canvas.height] = [Math.floor(width / step), Math.floor(height / step)];
    paper.drawImage(video, x, y, width, height, 0, 0, canvas.width, canvas.height);
    return paper.getImageData(0, 0, canvas.width, canvas.height);
  };
}
