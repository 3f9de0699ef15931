import { describe, expect, it } from "vitest";
import { Feed, type LinkState, type Source } from "../src/lib/feed.ts";

class FakeSource implements Source {
  readyState = 0;
  onopen: Source["onopen"] = null;
  onerror: Source["onerror"] = null;
  readonly listeners = new Map<string, (event: MessageEvent<string>) => void>();

  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void {
    this.listeners.set(type, listener);
  }
  close(): void {
    this.readyState = 2;
  }
  succeed(): void {
    this.readyState = 1;
    this.onopen?.(new Event("open"));
  }
  fail(givenUp: boolean): void {
    this.readyState = givenUp ? 2 : 0;
    this.onerror?.(new Event("error"));
  }
  send(type: string, data: string): void {
    this.listeners.get(type)?.({ data } as MessageEvent<string>);
  }
}

function setUp(why?: () => Promise<"signed-out" | null>) {
  const sources: FakeSource[] = [];
  const states: LinkState[] = [];
  const events: [string, unknown][] = [];
  const timers: { act: () => void; after: number }[] = [];
  const feed = new Feed("/events", {
    events: ["mark"],
    onEvent: (type, data) => events.push([type, data]),
    onState: (state) => states.push(state),
    open: () => {
      const source = new FakeSource();
      sources.push(source);
      return source;
    },
    later: (act, after) => timers.push({ act, after }),
    cancel: () => undefined,
    random: () => 1,
    ...(why ? { why } : {}),
  });
  feed.connect();
  const last = (): FakeSource => sources.at(-1) as FakeSource;
  return { feed, sources, states, events, timers, last };
}

describe("a feed", () => {
  it("goes live and delivers", () => {
    const { last, states, events } = setUp();
    last().succeed();
    last().send("mark", '{"a":1}');
    last().send("mark", "not json");
    expect(states).toEqual(["connecting", "live"]);
    expect(events).toEqual([["mark", { a: 1 }]]);
  });

  it("leaves a short interruption to the browser", () => {
    const { last, sources, states, timers } = setUp();
    last().succeed();
    last().fail(false);
    expect(states.at(-1)).toBe("waiting");
    expect(timers).toHaveLength(0);
    last().succeed();
    expect(states.at(-1)).toBe("live");
    expect(sources).toHaveLength(1);
  });

  it("comes back with growing pauses when the browser has given up", () => {
    const { last, sources, timers } = setUp();
    for (let round = 0; round < 3; round += 1) {
      last().fail(true);
      timers.at(-1)?.act();
    }
    expect(timers.map((timer) => timer.after)).toEqual([1_000, 2_000, 4_000]);
    expect(sources).toHaveLength(4);
    last().succeed();
    last().fail(true);
    expect(timers.at(-1)?.after).toBe(1_000);
  });

  it("ignores a connection that it has replaced", () => {
    const { feed, sources, timers } = setUp();
    feed.connect();
    sources[0]?.fail(true);
    expect(timers).toHaveLength(0);
  });

  it("revives only what is dead", () => {
    const { feed, last, sources } = setUp();
    last().succeed();
    feed.revive();
    expect(sources).toHaveLength(1);
    last().readyState = 2;
    feed.revive();
    expect(sources).toHaveLength(2);
  });

  it("does not come back to where it is signed out, until it is asked to", async () => {
    const { feed, last, states, timers, sources } = setUp(async () => "signed-out");
    last().fail(true);
    await Promise.resolve();
    await Promise.resolve();
    expect(states.at(-1)).toBe("signed-out");
    expect(timers).toEqual([]);
    feed.connect();
    expect(sources.length).toBe(2);
  });
});
