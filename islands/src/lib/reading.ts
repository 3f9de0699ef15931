/** Finds QR codes in a picture, by the program that the worker runs. */
import { readBarcodes, type ReaderOptions } from "zxing-wasm/reader";

/** A code held as one holds it: dark on light, not too near. */
const USUAL: ReaderOptions = {
  formats: ["QRCode"],
  tryRotate: false,
  tryInvert: false,
  tryDownscale: false,
};
/** Any code: light on dark, or so near that it is blurred. */
const THOROUGH: ReaderOptions = { formats: ["QRCode"] };

/** The texts of codes in a picture; thoroughly only what the usual way does not find. */
export async function textsIn(picture: ImageData, thorough: boolean): Promise<string[]> {
  const usual = await validIn(picture, USUAL);
  return usual.length > 0 || !thorough ? usual : validIn(picture, THOROUGH);
}

async function validIn(picture: ImageData, options: ReaderOptions): Promise<string[]> {
  const found = await readBarcodes(picture, options);
  return found.filter((code) => code.isValid).map((code) => code.text);
}
