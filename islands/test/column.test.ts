import { expect, test } from "vitest";
import { cells, led } from "../src/lib/column.ts";

test("keys lead down and up a column and not out of it", () => {
  expect(led("Enter", false, 0, 3)).toBe(1);
  expect(led("Enter", true, 1, 3)).toBe(0);
  expect(led("ArrowDown", false, 2, 3)).toBeNull();
  expect(led("ArrowUp", false, 0, 3)).toBeNull();
  expect(led("a", false, 0, 3)).toBeNull();
});

test("a copied column is split into its cells, and a single cell is left alone", () => {
  expect(cells("14\r\nAB\r\n\r\n")).toEqual(["14", "AB"]);
  expect(cells("14\tx\n15\ty")).toEqual(["14", "15"]);
  expect(cells("14")).toBeNull();
  expect(cells("14\n\n15")).toEqual(["14", "", "15"]);
});
