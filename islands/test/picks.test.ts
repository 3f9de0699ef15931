import { describe, expect, it } from "vitest";
import { command } from "../src/lib/picks.ts";

const press = (key: string, held: "shiftKey" | "ctrlKey" | "" = "") => ({
  key,
  shiftKey: held === "shiftKey",
  ctrlKey: held === "ctrlKey",
  metaKey: false,
});

describe("the keys of a list that can be ticked", () => {
  it.each([
    ["ArrowDown", 0, 1],
    ["ArrowDown", 2, 2],
    ["ArrowUp", 0, 0],
    ["Home", 2, 0],
    ["End", 0, 2],
  ])("goes with %s from row %i to row %i", (key, at, to) => {
    expect(command(press(key), at, 3)).toEqual({ do: "go", to, tick: false });
  });

  it("ticks on the way with Shift", () => {
    expect(command(press("ArrowDown", "shiftKey"), 0, 3)).toEqual({ do: "go", to: 1, tick: true });
  });

  it("sends with Enter and ticks all with Ctrl A", () => {
    expect(command(press("Enter"), 1, 3)).toEqual({ do: "send" });
    expect(command(press("a", "ctrlKey"), 1, 3)).toEqual({ do: "all" });
  });

  it.each([press("a"), press(" "), press("Tab"), press("c", "ctrlKey")])(
    "leaves other keys to the browser",
    (other) => expect(command(other, 1, 3)).toBeNull(),
  );
});
