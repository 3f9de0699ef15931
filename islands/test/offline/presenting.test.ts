import { beforeEach, expect, test, vi } from "vitest";
import type { Device, Entry, Heard, Kept, Pack } from "../../src/offline/model.ts";
import { NOBODY } from "../../src/offline/names.ts";
import { type Desk, PATIENCE, override, present } from "../../src/offline/presenting.ts";
import { Away, type Redeemed } from "../../src/offline/server.ts";
import { HOUR, MADE, PACK, POINT, kept } from "./samples.ts";

const ENTRY: Entry = {
  k: "k-a",
  id: "r-a",
  kind: "pass",
  type: "Single",
  validity: { from: MADE - HOUR, until: MADE + 30 * HOUR },
  points: null,
  admits: 1,
  standing: "current",
  why: "",
  right: null,
  sealed: "",
};
const BY_NAME = { offer: { pass: "r-a" }, direction: "entry", count: null, named: { names: ["Asha"], number: "" } } as const;

let scans: Map<string, Kept>;
let heard: Heard[];

beforeEach(() => {
  scans = new Map();
  heard = [];
});

function desk(more: Partial<Desk> & { entry?: Entry } = {}): Desk {
  const entry = more.entry ?? ENTRY;
  return {
    device: { person: "Ravi", offset: 0 } as Device,
    point: POINT,
    lookups: {
      entry: () => undefined,
      entriesOf: (id) => (id === entry.id ? [entry] : []),
      heardOf: () => heard,
      whoseIs: () => NOBODY,
    },
    store: {
      scansOf: async () => [...scans.values()],
      keep: async (scan) => void scans.set(scan.nonce, scan),
    },
    pack: PACK,
    online: false,
    redeem: async () => Promise.reject(new Away("no network")),
    away: () => undefined,
    moment: (at) => new Date(at / 1000).toISOString(),
    clock: () => MADE / 1000 + 1000,
    alone: (work) => work(),
    ...more,
  };
}

async function verdict(own: Desk, more = {}): Promise<string> {
  const outcome = await present(own, { ...BY_NAME, ...more });
  return "kept" in outcome ? outcome.kept.verdict : outcome.nothing;
}

test("the phone's own scan counts before the server has heard of it", async () => {
  expect(await verdict(desk())).toBe("admit");
  const again = await present(desk(), BY_NAME);
  expect(again).toMatchObject({ kept: { verdict: "already_used", admitted: false, progress: "waiting", pack: MADE } });
  expect("kept" in again && again.kept.sentence).toContain("North gate, scanned by Ravi");
  expect(scans.size).toBe(2);
});

test("a scan counts once, though the pack tells of it again", async () => {
  const couple = { ...ENTRY, admits: 2 };
  const own = desk({ entry: couple });
  expect(await verdict(own, { count: 1, nonce: "mine" })).toBe("admit");
  heard = [{ id: "1", record: "r-a", nonce: "mine", at: MADE, direction: "entry", count: 1, admitted: true, point: "North gate", person: "Ravi" }];
  expect(await verdict(own, { count: 1 })).toBe("admit");
  expect(await verdict(own, { count: 1 })).toBe("already_used");
});

test("what was taken back here no longer counts, whatever the pack says", async () => {
  heard = [{ id: "1", record: "r-a", nonce: "mine", at: MADE, direction: "entry", count: 1, admitted: true, point: "Gate", person: "Ravi" }];
  scans.set("mine", kept("mine", { undone: "mistake" }));
  expect(await verdict(desk())).toBe("admit");
});

test("what was taken back elsewhere no longer counts once the pack is newer", async () => {
  scans.set("mine", kept("mine", { progress: "sent", sentAt: MADE }));
  expect(await verdict(desk())).toBe("already_used");
  scans.delete([...scans.keys()].at(-1) ?? "");
  const newer: Pack = { ...PACK, issuedAt: MADE + HOUR };
  expect(await verdict(desk({ pack: newer }))).toBe("admit");
});

test("an expired pack admits nobody, and nothing is written down", async () => {
  const late = desk({ clock: () => (MADE + 24 * HOUR) / 1000 });
  expect(await verdict(late)).toBe("expired");
  expect(scans.size).toBe(0);
});

test("a phone whose clock is three hours wrong decides by the server's", async () => {
  const late = MADE + 22 * HOUR;
  const clock = () => (late + 3 * HOUR) / 1000;
  const device = { person: "Ravi", offset: -3 * HOUR } as Device;
  expect(await verdict(desk({ clock }))).toBe("expired");
  const outcome = await present(desk({ clock, device }), BY_NAME);
  expect(outcome).toMatchObject({ kept: { verdict: "admit", at: late, clock: clock() } });
});

test("without a pack and without a network nothing is decided, and the name of the scan stays", async () => {
  const outcome = await present(desk({ pack: null }), { ...BY_NAME, nonce: "same" });
  expect(outcome).toEqual({ nothing: "lost", nonce: "same" });
});

test("typed codes wait for the server", async () => {
  expect(await verdict(desk(), { offer: { credential: "ABCDE-12345" } })).toBe("typed");
});

test("what is no credential of ours is forged without a network, too", async () => {
  expect(await verdict(desk(), { offer: { credential: "https://example.org/menu?of=the-day" } })).toBe("forged");
});

const TOLD: Redeemed = {
  redemption: "1",
  verdict: "already_used",
  detail: "Entered before.",
  holder: { pass: "r-a", names: ["Asha"], pass_type: "Single", admits: 1, admitted: 1, docket: null, number: null, programme: null, assessment: null },
  count: 1,
};

test("while the server answers, it decides", async () => {
  const outcome = await present(desk({ online: true, redeem: async () => TOLD }), BY_NAME);
  expect(outcome).toMatchObject({ kept: { verdict: "already_used", sentence: "Entered before.", progress: "sent", pack: null } });
});

test("a server that takes too long is not waited for, and the scan keeps its name", async () => {
  vi.useFakeTimers();
  const away = vi.fn();
  let nonce = "";
  const redeem: Desk["redeem"] = (item, signal) => {
    nonce = (item as { nonce: string }).nonce;
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Away("too late"))));
  };
  const outcome = present(desk({ online: true, redeem, away }), BY_NAME);
  await vi.advanceTimersByTimeAsync(PATIENCE);
  vi.useRealTimers();
  expect(await outcome).toMatchObject({ kept: { verdict: "admit", progress: "waiting", nonce } });
  expect(away).toHaveBeenCalledOnce();
});

test("a refusal that is overridden admits with its reason, and counts", async () => {
  const withdrawn = desk({ entry: { ...ENTRY, standing: "revoked" } });
  const outcome = await present(withdrawn, BY_NAME);
  if (!("kept" in outcome)) throw new Error("nothing was decided");
  const forced = await override(withdrawn, outcome.kept, "Known to us.");
  expect(forced).toMatchObject({ verdict: "revoked", admitted: true, forced: "Known to us.", progress: "waiting" });
  expect(forced.sentence).toBe("Let through all the same: Known to us.");
  expect(scans.size).toBe(2);
});

const DOCKET: Entry = { ...ENTRY, kind: "docket", type: "CA1 docket" };
const BY_NUMBER = { ...BY_NAME, offer: { docket: "r-a" }, named: { names: ["Asha"], number: "S1" } } as const;

/** What is said of a docket that was found by name. */
async function said(entry: Entry): Promise<string> {
  const outcome = await present(desk({ entry }), BY_NUMBER);
  return "kept" in outcome ? outcome.kept.sentence : outcome.nothing;
}

test("a docket that was found by its student's number is told with it", async () => {
  const outcome = await present(desk({ entry: DOCKET }), BY_NUMBER);
  expect(outcome).toMatchObject({ kept: { verdict: "admit", names: ["Asha"], about: "S1 · CA1 docket", offer: { docket: "r-a" } } });
});

test("a docket says why it stopped, and where it is right", async () => {
  expect(await said({ ...DOCKET, standing: "on_hold" })).toBe("A hold was placed on the student’s dockets.");
  expect(await said({ ...DOCKET, standing: "on_hold", why: "not_cleared" })).toContain("a payment was taken back");
  expect(await said({ ...DOCKET, points: [], right: { rooms: ["B 12", "C 3"] } })).toBe("Their room is B 12 or C 3.");
  const exam = { rooms: ["Annex"], assessment: "CA1", course: "MA201", starts_at: MADE };
  expect(await said({ ...DOCKET, points: [], right: exam })).toMatch(/^This docket is for CA1: MA201, .+, Annex\.$/);
  const none = { rooms: [], assessment: "CA1" };
  expect(await said({ ...DOCKET, points: [], right: none })).toBe("This docket is for CA1, not for this exam.");
});

test("a docket that the server decides about is told with number, programme and assessment", async () => {
  const holder = { ...TOLD.holder, names: ["Asha"], pass: null, pass_type: null, admits: null, admitted: null, docket: "r-a", number: "S1", programme: "Science", assessment: "CA1" };
  const outcome = await present(desk({ online: true, redeem: async () => ({ ...TOLD, holder }) }), BY_NUMBER);
  expect(outcome).toMatchObject({ kept: { about: "S1 · Science · CA1 docket", record: "r-a" } });
});
