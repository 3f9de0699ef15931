import { describe, expect, it } from "vitest";
import { left, spaced } from "../src/lib/otp.ts";

describe("the one-time password", () => {
  it("is read out in two halves", () => {
    expect(spaced("000042")).toBe("000 042");
    expect(spaced("")).toBe("");
  });

  it("says how long it stands, and never less than nothing", () => {
    expect(left(30_000, 10_100)).toBe("20 s");
    expect(left(30_000, 29_999)).toBe("1 s");
    expect(left(30_000, 40_000)).toBe("0 s");
  });
});
