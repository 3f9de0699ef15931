import { describe, expect, it } from "vitest";
import { command } from "../src/lib/keys.ts";
import { merge } from "../src/lib/hits.ts";
import { applyOverview } from "../src/lib/overview.ts";
import { apply, flagsDiffer, here, type Mark, nothingYet, shown } from "../src/lib/session.ts";

const counts = { enrolled: 2, present: 1, late: 0, excused: 0, absent: 0, unmarked: 1 };
const session = { id: "s", state: "open", ends_at: "", opened_at: "", server_time: "" };
const mark = (person: string, status: Mark["status"]): Mark => ({
  person, name: person, roll: "1", status, method: "qr", method_word: "QR code", at: "2026-11-21T10:02:00Z", reason: null, on_leave: false, flags: [], flag_words: [],
});

describe("a session's events", () => {
  it("start with a snapshot", () => {
    const { state, changed } = apply(nothingYet, "snapshot", { session, counts, marks: [mark("a", "present"), mark("b", null)] });
    expect(state.marks.size).toBe(2);
    expect(state.counts).toEqual(counts);
    expect(changed).toHaveLength(2);
  });

  it("name only what changed in a snapshot after a reconnection", () => {
    const before = apply(nothingYet, "snapshot", { session, counts, marks: [mark("a", "present"), mark("b", null)] }).state;
    const { changed } = apply(before, "snapshot", { session, counts, marks: [mark("a", "present"), mark("b", "late")] });
    expect(changed.map((one) => one.person)).toEqual(["b"]);
  });

  it("replace one mark and the counts", () => {
    const { state, changed } = apply(nothingYet, "mark", { mark: mark("a", "late"), counts: { ...counts, late: 1 } });
    expect(state.marks.get("a")?.status).toBe("late");
    expect(state.counts?.late).toBe(1);
    expect(changed).toHaveLength(1);
    expect(nothingYet.marks.size).toBe(0);
  });

  it("tell of the closing", () => {
    const { state } = apply(nothingYet, "session", { session: { ...session, state: "closed" }, counts });
    expect(state.session?.state).toBe("closed");
  });

  it("are ignored when they make no sense", () => {
    for (const [type, data] of [["mark", null], ["snapshot", "x"], ["other", {}], ["mark", { mark: 1 }]] as const) {
      expect(apply(nothingYet, type, data).changed).toEqual([]);
    }
  });

  it("tell when another mark deserves a look", () => {
    const { state } = apply(nothingYet, "snapshot", { session, counts, marks: [mark("a", "present")] });
    const flagged = { ...mark("a", "present"), flags: ["shared-device"] };
    expect(flagsDiffer(state.marks, [mark("a", "late"), mark("b", "late")])).toBe(false);
    expect(flagsDiffer(state.marks, [flagged])).toBe(true);
    expect(flagsDiffer(new Map([["a", flagged]]), [mark("a", "present")])).toBe(true);
  });

  it("count the late as here", () => {
    expect(here({ ...counts, late: 3 })).toBe(4);
  });
});

describe("the filter", () => {
  it("finds the missing and those here", () => {
    const row = (status: string) => ({ status, text: "Anna 24CS001" });
    expect(shown(row(""), "missing", "")).toBe(true);
    expect(shown(row("late"), "missing", "")).toBe(false);
    expect(shown(row("late"), "present", "")).toBe(true);
    expect(shown(row("excused"), "all", "")).toBe(true);
    expect(shown(row("absent"), "photos", "")).toBe(true);
  });

  it("finds names without their accents, and roll numbers", () => {
    const row = { status: "", text: "Conceição, Beatriz 24CS002" };
    expect(shown(row, "all", "conceicao")).toBe(true);
    expect(shown(row, "all", " cs002 ")).toBe(true);
    expect(shown(row, "all", "zoe")).toBe(false);
  });
});

describe("keys", () => {
  it("move, mark, find and help; others stay the browser's", () => {
    expect(command("j")).toEqual({ do: "move", by: 1 });
    expect(command("e")).toEqual({ do: "mark", status: "excused" });
    expect(command("/")).toEqual({ do: "filter" });
    expect(command("?")).toEqual({ do: "help" });
    expect(command("Tab")).toBeNull();
  });
});

describe("the overview", () => {
  const item = (id: string, state: string) => ({ id, state, counts });

  it("adds, updates and removes sessions", () => {
    let step = applyOverview(new Map(), "snapshot", { sessions: [item("a", "open"), item("b", "closed")] });
    expect([...step.sessions.keys()]).toEqual(["a"]);
    step = applyOverview(step.sessions, "session", { session: item("c", "open") });
    expect(step.changed).toHaveLength(1);
    step = applyOverview(step.sessions, "session", { session: item("a", "closed") });
    expect(step.gone).toEqual(["a"]);
    expect([...step.sessions.keys()]).toEqual(["c"]);
  });

  it("forgets what a later snapshot no longer names", () => {
    const first = applyOverview(new Map(), "snapshot", { sessions: [item("a", "open")] });
    expect(applyOverview(first.sessions, "snapshot", { sessions: [] }).gone).toEqual(["a"]);
  });
});

describe("the palette's results", () => {
  it("keep to this site and name an address once", () => {
    const hit = (url: string) => ({ kind: "person", title: "x", detail: "", url });
    const found = [hit("/people/1"), hit("https://elsewhere.example"), hit("//elsewhere.example"), hit("javascript:alert(1)"), hit("/classes")];
    const merged = merge([hit("/classes")], found);
    expect(merged.map((one) => one.url)).toEqual(["/classes", "/people/1"]);
    expect(merged[0]?.kind).toBe("Person");
  });
});
