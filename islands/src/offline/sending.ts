/** Sends what waits: each record for itself, as often as it takes, and none of them twice. */
import type { Kept, Reversal } from "./model.ts";
import { Away, type Answer } from "./server.ts";
import type { Waiting } from "./store.ts";

/** Most records in one request. */
const LOT = 200;

/** Where records wait. */
export interface Queue {
  waiting(): Promise<Waiting[]>;
  settle(done: readonly Waiting[]): Promise<void>;
}

/** Whom they are sent to. */
export interface Receiver {
  batch(items: readonly unknown[], queued: number): Promise<readonly Answer[]>;
}

/** Sends all that waits; `now` is the server's clock. Throws where the server is out of reach. */
export async function sendAll(queue: Queue, server: Receiver, now: () => number): Promise<void> {
  // Once more, for what was scanned meanwhile, perhaps on another page of this phone.
  for (let all = await queue.waiting(); all.length > 0; all = await queue.waiting()) {
    const lot = all.slice(0, LOT);
    const answers = await server.batch(lot.map(item), all.length - lot.length);
    const done = lot.map((one, at) => settled(one, answers[at], now()));
    await queue.settle(done.filter((one) => one.progress !== "waiting"));
    // What the server had no answer for is tried again later, and so is what comes after it.
    if (done.some((one) => one.progress === "waiting")) throw new Away("some records are still to be sent");
  }
}

/** A record as the server takes it. */
export function item(one: Waiting): unknown {
  const at = new Date(one.clock).toISOString();
  if ("undo" in one) {
    const { undo, point, reason, nonce } = one;
    return { undo, point, reason, at, nonce };
  }
  const { offer, point, direction, count, nonce, verdict, pack, forced } = one;
  const decided = pack === null ? {} : { decided: { verdict, pack_issued_at: pack } };
  const force = forced === null ? {} : { force: true, reason: forced };
  return { ...offer, point, direction, count, nonce, at, ...decided, ...force };
}

/** What became of a record by the server's answer. */
export function settled<Sent extends Kept | Reversal>(one: Sent, answer: Answer | undefined, now: number): Sent {
  if (answer === undefined || answer.status >= 500 || answer.status === 429) return one;
  if (answer.status >= 400) {
    return { ...one, progress: "refused", answer: answer.problem?.detail || "The server did not take it." };
  }
  const words = (answer.redemption?.incidents ?? []).map((kind) => INCIDENTS[kind] ?? "Somebody is going to look at it.");
  return { ...one, progress: "sent", answer: words.join(" "), ...("undo" in one ? {} : { sentAt: now }) };
}

const INCIDENTS: Readonly<Record<string, string>> = {
  double_use: "Another phone let them in as well.",
  ended_since: "It was withdrawn, replaced or held meanwhile.",
  refused: "The server would have refused it.",
  expired_pack: "It was decided by a pack that had expired.",
  clock_off: "This phone’s clock is wrong.",
};
