import { describe, expect, it } from "vitest";
import { fromBase64Url, toBase64Url } from "../src/lib/base64.ts";

describe("bytes in base64url", () => {
  it.each([
    [[], ""],
    [[255], "_w"],
    [[251, 239, 190, 1], "----AQ"],
  ])("writes %j as %s, and reads it back", (bytes, text) => {
    expect(toBase64Url(Uint8Array.from(bytes))).toBe(text);
    expect([...fromBase64Url(text)]).toEqual(bytes);
  });
});
