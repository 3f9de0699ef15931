import { describe, expect, it } from "vitest";
import vectors from "../../crates/domain/vectors/verification.json";
import { type Presented, type Record, type Redemption, type Rule, type Scan, decide, review } from "../src/verification/verification.ts";

describe("scans are decided as written", () => {
  it.each(vectors.decide.map((one) => [one.name, one] as const))("%s", (_, one) => {
    const shown = one.presented === "known" ? one.record : one.presented;
    const history = one.history as readonly Redemption[];
    const verdict = decide(shown as Presented, one.rule as Rule, history, one.scan as Scan);
    expect(verdict).toEqual(one.verdict);
  });
});

describe("records are reviewed as written", () => {
  it.each(vectors.review.map((one) => [one.name, one] as const))("%s", (_, one) => {
    const history = one.history as readonly Redemption[];
    expect(review(one.record as Record, one.rule as Rule, history)).toEqual(one.findings);
  });
});
