/** Draws the modules of a QR code as one SVG path. */
import type { Qr } from "./codes.ts";

/** Path data in units of a module; neighbours in a row are one rectangle. */
export function path(qr: Qr): string {
  const bytes = decode(qr.bits);
  const dark = (index: number): boolean => (((bytes[index >> 3] ?? 0) >> (7 - (index & 7))) & 1) === 1;
  let data = "";
  for (let y = 0; y < qr.size; y += 1) {
    for (let x = 0; x < qr.size; x += 1) {
      if (!dark(y * qr.size + x)) continue;
      const start = x;
      while (x + 1 < qr.size && dark(y * qr.size + x + 1)) x += 1;
      data += `M${start} ${y}h${x - start + 1}v1H${start}z`;
    }
  }
  return data;
}

function decode(text: string): Uint8Array {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}
