/** Reads QR codes beside the page, where the browser can't itself. */
import { prepareZXingModule, readBarcodes, type ReaderOptions } from "zxing-wasm/reader";
import type { Read, Told } from "./lib/decoder.ts";

interface WorkerScope {
  onmessage: ((event: MessageEvent<Told>) => void) | null;
  postMessage(message: Read): void;
}

const scope = self as unknown as WorkerScope;

scope.onmessage = (event) => {
  const told = event.data;
  if ("wasm" in told) prepareZXingModule({ overrides: { locateFile: () => told.wasm } });
  else void read(told.picture).then((answer) => scope.postMessage(answer));
};

/** A code held as one holds it: dark on light, not too near. */
const USUAL: ReaderOptions = {
  formats: ["QRCode"],
  tryRotate: false,
  tryInvert: false,
  tryDownscale: false,
};
/** Any code: light on dark, or so near that it is blurred. */
const THOROUGH: ReaderOptions = { formats: ["QRCode"] };

async function read(picture: ImageData): Promise<Read> {
  try {
    const usual = await textsIn(picture, USUAL);
    return { texts: usual.length > 0 ? usual : await textsIn(picture, THOROUGH) };
  } catch (error) {
    return { failed: String(error) };
  }
}

async function textsIn(picture: ImageData, options: ReaderOptions): Promise<string[]> {
  const found = await readBarcodes(picture, options);
  return found.filter((code) => code.isValid).map((code) => code.text);
}
