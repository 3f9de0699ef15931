/** Brightness as a picture: the form in which codes are read. */

/** Bytes of brightness, row after row, each row `stride` bytes after the last. */
export interface Brightness {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly stride: number;
}

/** Makes a grey picture of it: each pixel the mean of the corners of `step` by `step` others. */
export function greyOf(
  { bytes, offset, stride }: Brightness,
  { width, height, step }: { readonly width: number; readonly height: number; readonly step: number },
): { data: Uint8ClampedArray<ArrayBuffer>; width: number; height: number } {
  const [wide, high] = [Math.floor(width / step), Math.floor(height / step)];
  const pixels = new Uint32Array(wide * high);
  const [right, below] = [step - 1, (step - 1) * stride];
  let to = 0;
  for (let y = 0; y < high; y++) {
    let at = offset + y * step * stride;
    for (let x = 0; x < wide; x++, at += step) {
      const sum = (bytes[at] ?? 0) + (bytes[at + right] ?? 0) + (bytes[at + below] ?? 0) + (bytes[at + below + right] ?? 0);
      // Red, green and blue alike, and nothing seen through.
      pixels[to++] = ((sum >> 2) * 0x01_01_01) | 0xff_00_00_00;
    }
  }
  return { data: new Uint8ClampedArray(pixels.buffer), width: wide, height: high };
}
