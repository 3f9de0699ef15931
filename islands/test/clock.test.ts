import { describe, expect, it } from "vitest";
import { pauseBefore } from "../src/lib/backoff.ts";
import { ServerClock } from "../src/lib/clock.ts";
import { countdown, relative } from "../src/lib/time.ts";

const iso = (at: number): string => new Date(at).toISOString();

describe("the server's clock", () => {
  it("takes half of the way there and back into account", () => {
    let local = 1_000_000;
    const clock = new ServerClock(() => local);
    const sent = local;
    local += 400;
    clock.sample(iso(5_000_200), sent);
    expect(clock.now()).toBe(5_000_400);
  });

  it("prefers a quick answer to a slow one", () => {
    let local = 0;
    const clock = new ServerClock(() => local);
    local = 20;
    clock.sample(iso(10_000), 0);
    const good = clock.now();
    local = 8_020;
    clock.sample(iso(99_000), 20);
    expect(clock.now()).toBe(good + 8_000);
  });

  it("takes a pushed time while there is nothing better, and no nonsense", () => {
    const clock = new ServerClock(() => 500);
    clock.sample("not a time");
    expect(clock.now()).toBe(500);
    clock.sample(iso(90_000));
    expect(clock.now()).toBe(90_000);
  });
});

describe("pauses", () => {
  it("grow up to half a minute and differ between screens", () => {
    expect([1, 2, 3, 4, 5, 6, 20].map((attempt) => pauseBefore(attempt, () => 1))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ]);
    expect(pauseBefore(3, () => 0)).toBe(2_000);
  });
});

describe("times in words", () => {
  it("counts down and stops at nought", () => {
    expect(countdown(582_000)).toBe("9:42");
    expect(countdown(3_909_000)).toBe("1:05:09");
    expect(countdown(1)).toBe("0:01");
    expect(countdown(-5_000)).toBe("0:00");
  });

  it("says how long ago, and leaves older dates alone", () => {
    const now = Date.parse("2026-11-21T10:00:00Z");
    expect(relative(now - 5 * 60_000, now, "en")).toBe("5 minutes ago");
    expect(relative(now - 3_000, now, "en")).toBe("now");
    expect(relative(now - 26 * 3_600_000, now, "en")).toBe("yesterday");
    expect(relative(now + 2 * 3_600_000, now, "en")).toBe("in 2 hours");
    expect(relative(now - 8 * 86_400_000, now, "en")).toBeNull();
  });
});
