/** What an enrolled device asks the server, signed in by its key. */
import { jsonOf } from "../lib/answer.ts";
import { problemOf, type Problem } from "../lib/problem.ts";
import { makeKey, sign } from "./keys.ts";
import type { Device, Point, VerdictWord } from "./model.ts";
import { namesKey } from "./seal.ts";

/** The server could not be reached, or could not answer: the same may be tried again. */
export class Away extends Error {
  override readonly name = "Away";
}

/** The server takes nothing from this device any more. */
export class Revoked extends Error {
  override readonly name = "Revoked";
}

/** The server refuses what was asked, for good. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

/** How the server answers one scan. */
export interface Answer {
  readonly status: number;
  readonly redemption: Redeemed | null;
  readonly problem: { readonly type?: string; readonly detail?: string } | null;
}

/** Whose it is, as the server tells: a pass with its type, or a docket with its student. */
export interface Holder {
  readonly names: readonly string[];
  readonly pass: string | null;
  readonly pass_type: string | null;
  readonly admits: number | null;
  readonly admitted: number | null;
  readonly docket: string | null;
  readonly number: string | null;
  readonly programme: string | null;
  readonly assessment: string | null;
}

/** What the server recorded. */
export interface Redeemed {
  readonly redemption: string;
  readonly verdict: VerdictWord;
  readonly detail: string;
  readonly holder: Holder | null;
  readonly count: number;
  /** The server's own verdict about a scan that the device decided, where it differs. */
  readonly judged?: VerdictWord | null;
  readonly incidents?: readonly string[];
}

/** What the server says of the device. */
interface Me {
  readonly name: string;
  readonly person: { readonly name: string };
  readonly points: readonly Point[];
  readonly keys: unknown;
}

const API = "/api/v1";
/** How long an answer may take, and a pack, in milliseconds. */
const QUICK = 20_000;
const SLOW = 180_000;
/** A token is renewed so long before it ends, in milliseconds. */
const EARLY = 60_000;

/** Makes this browser a device of the server's, by a code that an administrator showed. */
export async function enrol(code: string, name: string): Promise<Device> {
  const { key, shown } = await makeKey();
  const body = { code, public_key: shown, ...(name === "" ? {} : { name }) };
  const answer = await sent(new Request(`${API}/verifier-devices`, json(body)));
  const made = await said<{ id: string; name: string; person: { name: string }; keys: unknown; names_key: string }>(answer);
  const { id, person, keys } = made;
  const opens = await namesKey(made.names_key);
  return { id, name: made.name, person: person.name, key, namesKey: opens, keys, offset: 0, points: [] };
}

export class Server {
  #token = "";
  #until = 0;

  constructor(
    private readonly device: Device,
    /** How many scans wait here, which the administrator sees. */
    private readonly queued: () => Promise<number>,
    /** Hears by how many microseconds the server's clock is ahead. */
    private readonly heardClock: (offset: number) => void,
  ) {}

  /** The device as the server knows it now. */
  async me(): Promise<Partial<Device>> {
    const answer = await this.#ask("/verifier-devices/me");
    const { name, person, points, keys } = await said<Me>(answer);
    return { name, person: person.name, points, keys };
  }

  /** A pack, or what has changed since the cursor of one. */
  pack(point: string, since: string | null, withoutPhotos: boolean): Promise<Response> {
    const query = new URLSearchParams({ ...(since === null ? {} : { since }), ...(withoutPhotos ? { photos: "false" } : {}) });
    return this.#ask(`/points/${point}/pack?${query}`, {}, SLOW);
  }

  /** Presents something now. */
  async redeem(item: unknown, signal: AbortSignal): Promise<Redeemed> {
    const answer = await this.#ask("/redemptions", { ...json(item), signal });
    return said<Redeemed>(answer);
  }

  /** Sends what was kept; an answer for each. */
  async batch(items: readonly unknown[], queued: number): Promise<readonly Answer[]> {
    const body = { items, sent_at: new Date().toISOString(), queued };
    const answer = await this.#ask("/redemptions/batch", json(body));
    return (await said<{ items: readonly Answer[] }>(answer)).items;
  }

  /** Asks with a token; one that the server no longer takes is replaced once. */
  async #ask(path: string, init: RequestInit = {}, patience = QUICK): Promise<Response> {
    // Older browsers wait as long as the network lets them.
    const signal = init.signal ?? AbortSignal.timeout?.(patience) ?? null;
    const once = async (): Promise<Response> => {
      const authorization = `Bearer ${await this.#bearer(signal)}`;
      const headers = { ...init.headers, authorization };
      return sent(new Request(API + path, { ...init, headers, signal, cache: "no-store", credentials: "omit" }));
    };
    try {
      return await once();
    } catch (error) {
      if (!(error instanceof Refusal) || error.problem.reason !== "not-signed-in") throw error;
      this.#until = 0;
      return once();
    }
  }

  async #bearer(signal: AbortSignal | null): Promise<string> {
    if (Date.now() < this.#until) return this.#token;
    const own = `${API}/verifier-devices/${this.device.id}`;
    const asked = await sent(new Request(`${own}/challenges`, { ...json({}), signal }));
    const { challenge } = await said<{ challenge: string }>(asked);
    const signature = await sign(this.device.key, `muster verifier device 1\n${this.device.id}\n${challenge}`);
    const queued = await this.queued();
    const before = Date.now();
    const answer = await sent(new Request(`${own}/tokens`, { ...json({ challenge, signature, queued }), signal }));
    const made = await said<{ access_token: string; expires_in: number; now_us: number }>(answer);
    const now = Date.now();
    this.heardClock(made.now_us - ((before + now) / 2) * 1000);
    this.#token = made.access_token;
    this.#until = now + made.expires_in * 1000 - EARLY;
    return this.#token;
  }
}

function json(body: unknown): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

async function sent(request: Request): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(request);
  } catch {
    throw new Away("the server is out of reach");
  }
  if (answer.ok) return answer;
  if (answer.status >= 500) throw new Away(`the server answered ${answer.status}`);
  const problem = await problemOf(answer);
  if (problem.reason === "device-revoked") throw new Revoked(problem.detail);
  // Too much at a time is a reason to wait, unless somebody guesses codes and is to be told.
  const told = /\/(verifier-devices|redemptions)$/.test(request.url);
  if (answer.status === 429 && !told) throw new Away(problem.detail);
  throw new Refusal(problem);
}

function said<Content>(answer: Response): Promise<Content> {
  return jsonOf(answer, new Away("the answer broke off"));
}
