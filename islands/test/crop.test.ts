import { expect, test } from "vitest";
import { dragged, squareOf } from "../src/lib/crop.ts";

const WIDE = { width: 1200, height: 700 };
const MIDDLE = { zoom: 1, across: 0.5, down: 0.5 };

test("at first the largest square in the middle is kept, as without a script", () => {
  expect(squareOf(WIDE, MIDDLE)).toEqual({ x: 250, y: 0, side: 700 });
});

test("the square stays within the picture, however far it is pushed", () => {
  for (const view of [
    { zoom: 5, across: 9, down: 9 },
    { zoom: 0, across: -1, down: -1 },
    { zoom: 1e9, across: 1, down: 1 },
  ]) {
    const { x, y, side } = squareOf(WIDE, view);
    expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
    expect(x + side).toBeLessThanOrEqual(WIDE.width);
    expect(y + side).toBeLessThanOrEqual(WIDE.height);
    expect(side).toBeGreaterThanOrEqual(32);
  }
});

test("dragging to the right shows more of the left", () => {
  const before = squareOf(WIDE, { ...MIDDLE, zoom: 2 });
  const after = squareOf(WIDE, dragged(WIDE, { ...MIDDLE, zoom: 2 }, 0.5, 0));
  expect(after.x).toBe(before.x - before.side / 2);
  expect(after.y).toBe(before.y);
});

test("a picture without room to move does not move", () => {
  expect(dragged({ width: 500, height: 500 }, MIDDLE, 1, 1)).toEqual(MIDDLE);
});
