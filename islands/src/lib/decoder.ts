/** Reads QR codes from pictures: by the browser itself where it can, else by a worker. */

/** What the worker is told first, and then for every picture. */
export type Told = { wasm: string } | { picture: ImageData };

/** What the worker answers: the texts that it found, or that it can't work. */
export type Read = { texts: string[] } | { failed: string };

export interface Decoder {
  /** The texts in a picture, in no order. */
  read(picture: ImageData): Promise<string[]>;
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
  const read = async (picture: ImageData): Promise<string[]> =>
    (await detector.detect(picture)).map((found) => found.rawValue);
  return { read, close: () => undefined };
}

function working(script: string, wasm: string): Decoder {
  const worker = new Worker(script, { type: "module" });
  worker.postMessage({ wasm } satisfies Told);
  const read = (picture: ImageData): Promise<string[]> =>
    new Promise((resolve, reject) => {
      worker.onerror = () => reject(new Error("the worker that reads codes did not start"));
      worker.onmessage = (event: MessageEvent<Read>) => {
        if ("texts" in event.data) resolve(event.data.texts);
        else reject(new Error(event.data.failed));
      };
      worker.postMessage({ picture } satisfies Told, [picture.data.buffer]);
    });
  return { read, close: () => worker.terminate() };
}
