import { expect, test } from "vitest";
import { sentence } from "../../src/offline/words.ts";

const AROUND = { direction: "entry", count: 1, before: null, entry: null, card: null, moment: () => "" } as const;

test("whoever shows a badge is asked for what admits there", () => {
  expect(sentence("wrong_place", { ...AROUND, card: "pass" })).toBe("This is a staff or student card: ask for the pass.");
  expect(sentence("wrong_place", { ...AROUND, card: "docket" })).toContain("ask for the docket");
  expect(sentence("wrong_place", AROUND)).toBe("It is for another place.");
});
