import { expect, test } from "vitest";
import { read } from "../src/lib/gates.ts";

test("a message is read into figures of all gates and of each", () => {
  const told = read({
    counts: { inside: 3, entries: 5, exits: 2, refused: 1 },
    points: [{ id: "a", name: "North", entries: 5, exits: 2, refused: 1 }, { id: 7 }, null],
  });
  expect(told?.whole).toEqual({ inside: 3, entries: 5, exits: 2, refused: 1 });
  expect([...(told?.points ?? [])]).toEqual([["a", { entries: 5, exits: 2, refused: 1 }]]);
});

test("anything else is left alone", () => {
  for (const data of [null, "x", {}, { counts: 1, points: [] }, { counts: {}, points: 1 }]) {
    expect(read(data)).toBeNull();
  }
});
