import { expect, test } from "vitest";
import { type Look, Looks, partOf } from "../src/lib/looks.ts";

/** What comes of looks that find something, or nothing. */
function after(...found: boolean[]): Look[] {
  const looks = new Looks();
  return found.map((one) => {
    const { now } = looks;
    looks.heard(one);
    return now;
  });
}

const NOTHING = Array.from({ length: 8 }, () => false);

test("every second look is a quick one at what is held in the frame", () => {
  const quick = after(...NOTHING).map((look) => look.square && !look.thorough && look.side <= 400);
  expect(quick).toEqual([true, false, true, false, true, false, true, false]);
});

test("while nothing is found, the whole picture is looked at thoroughly now and then", () => {
  expect(after(...NOTHING).filter((look) => look.thorough && !look.square)).toHaveLength(2);
});

test("what another look has found is looked at quickly again", () => {
  const [quick, , again] = after(false, true, false);
  expect(again).toBe(quick);
});

test("a code that stays is looked at quickly, and does not keep others out of sight", () => {
  const looks = after(...Array.from({ length: 18 }, () => true));
  expect(looks.filter((look) => look.thorough && !look.square)).toHaveLength(1);
  expect(looks.filter((look) => look.side <= 400)).toHaveLength(16);
});

test("what the page shows is the square in the middle, and fewer pixels of it are read", () => {
  const look = { square: true, side: 400, thorough: false };
  expect(partOf(look, 1280, 720)).toEqual({ x: 280, y: 0, width: 720, height: 720, step: 2 });
  expect(partOf(look, 720, 1280)).toEqual({ x: 0, y: 280, width: 720, height: 720, step: 2 });
  expect(partOf(look, 1920, 1080)).toEqual({ x: 420, y: 0, width: 1080, height: 1080, step: 3 });
});

test("a small picture is read as it is", () => {
  expect(partOf({ square: true, side: 400, thorough: false }, 640, 480)).toMatchObject({ width: 480, step: 1 });
  expect(partOf({ square: false, side: 1280, thorough: true }, 640, 480)).toEqual({ x: 0, y: 0, width: 640, height: 480, step: 1 });
});
