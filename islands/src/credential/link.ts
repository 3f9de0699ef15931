/** The text in the QR: `https://HOST/v#DIGITS`, or `MUSTER:DIGITS` where there is no host. */

import { Refused } from "./refusal.ts";

const LINK = /^https?:\/\/([!-~]+?)\/v#/i;

/** The digits of what was scanned, white space around it aside. The host is not looked at. */
export function digitsOf(text: string): string {
  const bare = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
  if (/^muster:/i.test(bare)) {
    return bare.slice("muster:".length);
  }
  const [link, host] = LINK.exec(bare) ?? [];
  if (link === undefined || host === undefined || /[/?#@]/.test(host) || !link.endsWith("/v#")) {
    throw new Refused("not-ours");
  }
  return bare.slice(link.length);
}
