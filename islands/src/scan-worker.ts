/** Reads QR codes beside the page, where the browser can't itself. */
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
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

async function read(picture: ImageData): Promise<Read> {
  try {
    const found = await readBarcodes(picture, { formats: ["QRCode"] });
    return { texts: found.filter((code) => code.isValid).map((code) => code.text) };
  } catch (error) {
    return { failed: String(error) };
  }
}
