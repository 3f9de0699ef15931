import { describe, expect, it } from "vitest";
import { command } from "../src/lib/keys.ts";

describe("the keys of the teacher's list", () => {
  it.each([
    ["p", "present"],
    ["l", "late"],
    ["e", "excused"],
    ["a", "absent"],
  ])("marks with %s as %s", (key, status) => {
    expect(command(key)).toEqual({ do: "mark", status });
  });

  it.each([
    ["j", 1],
    ["ArrowDown", 1],
    ["k", -1],
    ["ArrowUp", -1],
  ])("moves with %s by %i", (key, by) => {
    expect(command(key)).toEqual({ do: "move", by });
  });

  it("finds with a slash and explains with a question mark", () => {
    expect(command("/")).toEqual({ do: "filter" });
    expect(command("?")).toEqual({ do: "help" });
  });

  it.each(["Enter", "Tab", " ", "P", "x"])("leaves %j to the browser", (key) => {
    expect(command(key)).toBeNull();
  });
});
