/** The class code in a QR: `HTTPS://HOST/C/CODE`. */

/** The code alone, for it is this server that judges it, whatever its own name in the QR. */
export function classCode(text: string): string | null {
  return /^https?:\/\/[^/?#]+\/c\/([a-z2-7]{31})$/i.exec(text)?.[1]?.toUpperCase() ?? null;
}
