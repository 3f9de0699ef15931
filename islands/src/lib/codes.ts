/** The projector's stock of codes: filled ahead, so that it lasts while the server is away. */

export interface Qr {
  size: number;
  bits: string;
}

export interface Code {
  step: number;
  link: string;
  typed_code: string;
  shown_from: string;
  shown_until: string;
  qr: Qr;
}

export interface Codes {
  server_time: string;
  step_seconds: number;
  codes: Code[];
}

export class CodeStock {
  #codes: Code[] = [];

  /** Takes a delivery; what it says about a step replaces what was known. */
  add(codes: readonly Code[]): void {
    const steps = new Set(codes.map((code) => code.step));
    const kept = this.#codes.filter((code) => !steps.has(code.step));
    this.#codes = [...kept, ...codes].sort((a, b) => a.step - b.step);
  }

  /** The code to show at this moment; forgets those that are over. */
  at(now: number): Code | null {
    this.#codes = this.#codes.filter((code) => Date.parse(code.shown_until) > now);
    return this.#codes.find((code) => Date.parse(code.shown_from) <= now) ?? null;
  }

  /** When the last code ends, or null when there is none. */
  lastsUntil(): number | null {
    const last = this.#codes.at(-1);
    return last ? Date.parse(last.shown_until) : null;
  }

  clear(): void {
    this.#codes = [];
  }
}

/** How much of a code's time is gone, from 0 to 1. */
export function elapsed(code: Code, now: number): number {
  const [from, until] = [Date.parse(code.shown_from), Date.parse(code.shown_until)];
  return Math.min(1, Math.max(0, (now - from) / Math.max(1, until - from)));
}

/** `7K4MQ2XD` in groups of four. */
export function groups(typed: string): string[] {
  return typed.replace(/[^0-9A-Za-z]/g, "").match(/.{1,4}/g) ?? [];
}
