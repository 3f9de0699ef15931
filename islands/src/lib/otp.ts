/** The one-time password of an online class, on the page of its teacher alone. */
import { pauseBefore } from "./backoff.ts";
import { ServerClock } from "./clock.ts";
import { one, setText } from "./dom.ts";

export interface CurrentCode {
  server_time: string;
  otp: string | null;
  otp_valid_until: string | null;
}

/** Three digits, a blank, three digits: easier to read out. */
export function spaced(otp: string): string {
  return otp.replace(/^(\d{3})(?=\d{3}$)/, "$1 ");
}

/** What is said about the time that a password still has. */
export function left(until: number, now: number): string {
  return `${Math.max(0, Math.ceil((until - now) / 1000))} s`;
}

/** Shows each password in turn, and copies the link. */
export function installOtp(root: HTMLElement): void {
  const clock = new ServerClock();
  let until = 0;
  let failures = 0;
  let next = 0;

  const fetchNext = async (): Promise<void> => {
    const sent = Date.now();
    next = Number.POSITIVE_INFINITY;
    try {
      const signal = AbortSignal.timeout(8_000);
      const url = root.dataset["code"] ?? "";
      const response = await fetch(url, { headers: { accept: "application/json" }, signal, cache: "no-store" });
      if (response.status === 409) root.hidden = true;
      if (!response.ok) throw new Error(String(response.status));
      const code = (await response.json()) as CurrentCode;
      clock.sample(code.server_time, sent);
      until = Date.parse(code.otp_valid_until ?? "");
      const shown = one("[data-otp]", root);
      if (shown) setText(shown, spaced(code.otp ?? ""));
      failures = 0;
      next = 0;
    } catch {
      failures += 1;
      next = Date.now() + pauseBefore(failures);
    }
  };

  const tick = (): void => {
    if (root.hidden) return;
    const now = clock.now();
    const shown = one("[data-otp-left]", root);
    if (shown) setText(shown, now < until ? left(until, now) : failures > 0 ? "No connection" : "…");
    if (now >= until && Date.now() >= next) void fetchNext();
  };
  setInterval(tick, 250);
  tick();

  const button = one<HTMLButtonElement>("[data-copy]", root);
  button?.addEventListener("click", () => void copy(root, button));
}

async function copy(root: HTMLElement, button: HTMLButtonElement): Promise<void> {
  const field = one<HTMLInputElement>("[data-link]", root);
  if (!field) return;
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    setText(one("[data-copy-word]", button), "Copied");
  } catch {
    // Without encryption browsers keep the clipboard shut; the link is selected, ready to copy.
    setText(one("[data-copy-word]", button), "Selected: copy it now");
  }
}
