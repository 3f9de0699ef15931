import { expect, test } from "vitest";
import { greyOf } from "../src/lib/grey.ts";

test("brightness becomes grey that nothing is seen through", () => {
  const bytes = Uint8Array.of(0, 255, 7, 16, 32, 9);
  const grey = greyOf({ bytes, offset: 0, stride: 3 }, { width: 2, height: 2, step: 1 });
  expect(grey).toMatchObject({ width: 2, height: 2 });
  expect([...grey.data]).toEqual([0, 0, 0, 255, 255, 255, 255, 255, 16, 16, 16, 255, 32, 32, 32, 255]);
});

test("a step of two takes the mean of four, and leaves what is over", () => {
  const bytes = Uint8Array.of(99, 10, 20, 30, 30, 5, 99, 30, 40, 50, 50, 5, 99, 1, 1, 1, 1, 1);
  const grey = greyOf({ bytes, offset: 1, stride: 6 }, { width: 5, height: 3, step: 2 });
  expect(grey).toMatchObject({ width: 2, height: 1 });
  expect([...grey.data]).toEqual([25, 25, 25, 255, 40, 40, 40, 255]);
});
