/** Reads QR codes beside the page, where the browser can't itself. */
import { prepareZXingModule } from "zxing-wasm/reader";
import type { Read, Told } from "./lib/decoder.ts";
import { greyOf } from "./lib/grey.ts";
import { partOf, type Look, type Part } from "./lib/looks.ts";
import { textsIn } from "./lib/reading.ts";

interface WorkerScope {
  onmessage: ((event: MessageEvent<Told>) => void) | null;
  postMessage(message: Read): void;
}

const scope = self as unknown as WorkerScope;

scope.onmessage = (event) => {
  const told = event.data;
  if ("wasm" in told) {
    // What fails here fails again at the first picture, and is told then.
    prepareZXingModule({ overrides: { locateFile: () => told.wasm }, fireImmediately: true }).catch(() => undefined);
  } else void read(told).then((answer) => scope.postMessage(answer));
};

async function read(told: Exclude<Told, { wasm: string }>): Promise<Read> {
  try {
    const picture = "frame" in told ? await taken(told.frame, told.look) : told.picture;
    return { texts: await textsIn(picture, told.look.thorough) };
  } catch (error) {
    return { failed: String(error) };
  }
}

/** What a look takes of a frame. */
async function taken(frame: VideoFrame, look: Look): Promise<ImageData> {
  try {
    const seen = frame.visibleRect;
    if (seen !== null && BRIGHT.test(frame.format ?? "")) {
      return await brightness(frame, seen, partOf(look, seen.width, seen.height));
    }
    return drawn(frame, partOf(look, frame.displayWidth, frame.displayHeight));
  } finally {
    frame.close();
  }
}

/** Formats that begin with the brightness of every pixel in a byte. */
const BRIGHT = /^(I4\d\dA?|NV12A?)$/;
let room = new Uint8Array();

/** Cameras film brightness and colour apart, and a code has no colour. */
async function brightness(frame: VideoFrame, seen: DOMRectReadOnly, part: Part): Promise<ImageData> {
  const { width, height } = part;
  const rect = { x: seen.x + part.x, y: seen.y + part.y, width, height };
  const size = frame.allocationSize({ rect });
  if (room.length < size) room = new Uint8Array(size);
  const [plane] = await frame.copyTo(room, { rect });
  if (!plane) throw new Error("a frame without brightness");
  const grey = greyOf({ bytes: room, ...plane }, part);
  return new ImageData(grey.data, grey.width, grey.height);
}

function drawn(frame: VideoFrame, { x, y, width, height, step }: Part): ImageData {
  const [wide, high] = [Math.floor(width / step), Math.floor(height / step)];
  const paper = new OffscreenCanvas(wide, high).getContext("2d", { willReadFrequently: true });
  if (!paper) throw new Error("nothing to draw on");
  paper.drawImage(frame, x, y, width, height, 0, 0, wide, high);
  return paper.getImageData(0, 0, wide, high);
}
