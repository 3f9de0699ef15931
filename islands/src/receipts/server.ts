/** What a student's device asks the server, by the login of its browser. */
import { jsonOf } from "../lib/answer.ts";
import { problemOf } from "../lib/problem.ts";
import { makeKey } from "../offline/keys.ts";
import type { Answer, Kept, OwnKey, Result } from "./model.ts";
import { freshKey, type Store } from "./store.ts";

/** A private key, with its public half as the server is shown it. */
type Pair = Pick<OwnKey, "key" | "shown">;

/** The server could not be reached, or could not answer: the same may be tried again. */
export class Away extends Error {
  override readonly name = "Away";
}

/** Nobody is signed in. */
export class SignedOut extends Error {
  override readonly name = "SignedOut";
}

/** Whoever is signed in marks nobody by themself. */
export class NoStudent extends Error {
  override readonly name = "NoStudent";
}

const API = "/api/v1";
/** How long an answer may take, in milliseconds. */
const PATIENCE = 20_000;
/** How long somebody waits who looks at the page. */
const SOON = 4_000;

/** Who is signed in. */
export async function whoAmI(): Promise<string> {
  const answer = await ask("/me", {}, SOON);
  if (!answer.ok) throw await failure(answer);
  return (await said<{ id: string }>(answer)).id;
}

/** Sees to it that the server knows this device's key for the person, and makes one if there is none. */
export async function register(store: Store, person: string): Promise<void> {
  const known = await store.key(person);
  if (known && (await offer(store, person, known))) return;
  // Whoever is signed in may register this device anew; what the old key signed is sent as it is.
  if (!(await offer(store, person, await makeKey()))) throw new Away("the server takes no key");
}

/** Shows the server a key, and keeps it; false if the key was withdrawn. */
async function offer(store: Store, person: string, { key, shown }: Pair): Promise<boolean> {
  const answer = await ask("/device-keys", json({ public_key: shown, name: deviceName() }));
  if (answer.status === 409) return false;
  if (!answer.ok) throw await failure(answer);
  const { id } = await said<{ id: string }>(answer);
  await store.setKey(freshKey(person, id, key, shown));
  return true;
}

/** Sends receipts; an answer for each that the server took. */
export async function send(receipts: readonly Kept[], now: number): Promise<Answer[]> {
  const items = receipts.map(({ id, receipt }) => ({ id, receipt }));
  const answer = await ask("/marks", json({ receipts: items, sent_at: new Date(now).toISOString() }));
  if (!answer.ok) throw await failure(answer);
  return (await said<{ items: Answer[] }>(answer)).items;
}

/** Presents a code at once, as the server's own page does. Null if it can't be reached. */
export async function present(code: string): Promise<Result | null> {
  let answer: Response;
  try {
    answer = await ask("/marks", json({ code }), SOON);
    if (answer.ok) {
      const { status, at, already } = await said<{ status: NonNullable<Result["status"]>; at: string; already: boolean }>(answer);
      return { result: already ? "already" : "accepted", status, at };
    }
  } catch {
    return null;
  }
  if (answer.status >= 500 || answer.status === 401) return null;
  const { reason, detail } = await problemOf(answer);
  return { result: "refused", reason, detail };
}

/** What to call this device: its kind, as far as the browser says. */
function deviceName(): string {
  const kind = /iPhone|iPad|Android|Windows|Macintosh|CrOS|Linux/.exec(navigator.userAgent)?.[0];
  return kind === undefined ? "Browser" : kind === "Macintosh" ? "Mac" : kind;
}

async function ask(path: string, init: RequestInit = {}, patience = PATIENCE): Promise<Response> {
  // Older browsers wait as long as the network lets them.
  const signal = AbortSignal.timeout?.(patience) ?? null;
  try {
    return await fetch(API + path, { ...init, signal, cache: "no-store", credentials: "same-origin" });
  } catch {
    throw new Away("the server is out of reach");
  }
}

function said<Content>(answer: Response): Promise<Content> {
  return jsonOf(answer, new Away("the answer broke off"));
}

async function failure(answer: Response): Promise<Error> {
  if (answer.status === 401) return new SignedOut("nobody is signed in");
  if (answer.status === 403) return new NoStudent("not a student");
  const { detail } = await problemOf(answer);
  return new Away(detail || `the server answered ${answer.status}`);
}

function json(body: unknown): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
