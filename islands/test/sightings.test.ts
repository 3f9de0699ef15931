import { expect, test } from "vitest";
import { Sightings } from "../src/lib/sightings.ts";

test("a code that stays in the picture is presented once", () => {
  const sightings = new Sightings();
  const told = [0, 80, 2000, 4000].map((now) => sightings.isNew("A", now, true));
  expect(told).toEqual([true, false, false, false]);
});

test("the next code is presented at once, and the first again after a pause", () => {
  const sightings = new Sightings();
  expect(sightings.isNew("A", 0, true)).toBe(true);
  expect(sightings.isNew("B", 100, true)).toBe(true);
  expect(sightings.isNew("A", 200, true)).toBe(false);
  expect(sightings.isNew("A", 3000, true)).toBe(true);
});

test("what comes while the page is not ready is presented once it is", () => {
  const sightings = new Sightings();
  expect(sightings.isNew("A", 0, false)).toBe(false);
  expect(sightings.isNew("A", 100, true)).toBe(true);
});
