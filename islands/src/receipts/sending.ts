/** Sends what waits: each receipt is acknowledged by its name, and until then it stays. */
import type { Answer, Kept } from "./model.ts";
import { Away, send, whoAmI } from "./server.ts";
import { Store } from "./store.ts";

/** What the browser calls the work that it does once there is a network. */
export const LATER = "muster-receipts";
/** Most receipts in one request. */
const LOT = 200;

/** Where receipts wait. */
export interface Queue {
  waiting(person: string): Promise<Kept[]>;
  settle(done: readonly Kept[]): Promise<void>;
}

type Send = typeof send;

/** Sends all that waits of a person. Throws where the server is out of reach. */
export async function sendAll(queue: Queue, person: string, now: () => number, by: Send = send): Promise<void> {
  let left = await queue.waiting(person);
  while (left.length > 0) {
    const lot = left.slice(0, LOT);
    left = left.slice(LOT);
    const answers = new Map((await by(lot, now())).map((answer) => [answer.id, answer]));
    const done = lot.map((one) => settled(one, answers.get(one.id)));
    await queue.settle(done.filter((one) => one.progress !== "waiting"));
    // What comes later follows on it, so it waits, too.
    if (done.some((one) => one.progress === "waiting")) throw new Away("some scans are still to be sent");
  }
}

/** What became of a receipt by the server's answer. */
export function settled(one: Kept, answer: Answer | undefined): Kept {
  if (answer === undefined) return one;
  const { id: _, ...result } = answer;
  return { ...one, progress: answer.result === "refused" ? "refused" : "sent", result };
}

/** One at a time, in whichever tab or worker. */
export async function alone<T>(work: () => Promise<T>): Promise<T> {
  const locks = (navigator as Partial<Navigator>).locks;
  if (!locks) return work();
  return (await locks.request(LATER, work)) as T;
}

/** What the service worker does when the browser says that there is a network. */
export async function sendLater(): Promise<void> {
  const store = await Store.open();
  const person = await store.own();
  if (person === undefined || (await store.waiting(person)).length === 0) return;
  await alone(async () => {
    try {
      if ((await whoAmI()) === person) await sendAll(store, person, Date.now);
    } catch (error) {
      // The browser tries again by itself; whoever is signed out has to open the page.
      if (error instanceof Away) throw error;
    }
  });
}
