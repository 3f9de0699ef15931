import { describe, expect, it } from "vitest";
import { CodeStock, type Code, elapsed, groups } from "../src/lib/codes.ts";
import { path } from "../src/lib/qr.ts";

const start = Date.parse("2026-11-21T10:00:00Z");

function code(step: number): Code {
  const at = (seconds: number): string => new Date(start + seconds * 1000).toISOString();
  const typed = `CODE${String(step).padStart(4, "0")}`;
  return { step, link: "", typed_code: typed, shown_from: at(step * 10), shown_until: at(step * 10 + 10), qr: { size: 1, bits: "gA" } };
}

describe("the stock of codes", () => {
  it("shows the code of the moment", () => {
    const stock = new CodeStock();
    stock.add([code(0), code(1), code(2)]);
    expect(stock.at(start + 15_000)?.step).toBe(1);
    expect(stock.at(start + 20_000)?.step).toBe(2);
  });

  it("is empty before its first and after its last code", () => {
    const stock = new CodeStock();
    stock.add([code(1)]);
    expect(stock.at(start)).toBeNull();
    expect(stock.lastsUntil()).toBe(start + 20_000);
    expect(stock.at(start + 20_000)).toBeNull();
    expect(stock.lastsUntil()).toBeNull();
  });

  it("lasts for two minutes without the server", () => {
    const stock = new CodeStock();
    stock.add(Array.from({ length: 12 }, (_, step) => code(step)));
    for (let second = 0; second < 120; second += 1) expect(stock.at(start + second * 1000)).not.toBeNull();
  });

  it("takes overlapping deliveries in any order", () => {
    const stock = new CodeStock();
    stock.add([code(2), code(3)]);
    stock.add([code(1), code(2)]);
    expect(stock.at(start + 10_000)?.step).toBe(1);
    expect(stock.at(start + 29_999)?.step).toBe(2);
  });

  it("knows how much of a code is gone", () => {
    expect(elapsed(code(0), start + 2_500)).toBe(0.25);
    expect(elapsed(code(0), start - 1)).toBe(0);
    expect(elapsed(code(0), start + 60_000)).toBe(1);
  });

  it("groups what is typed by four", () => {
    expect(groups("7K4MQ2XD")).toEqual(["7K4M", "Q2XD"]);
    expect(groups("7K4M-Q2XD")).toEqual(["7K4M", "Q2XD"]);
  });
});

describe("drawing a QR code", () => {
  it("reads rows from the most significant bit and joins neighbours", () => {
    // 3 × 3: ##. / .#. / ..#
    expect(path({ size: 3, bits: btoa(String.fromCharCode(0b11001000, 0b10000000)).replace(/=+$/, "") })).toBe(
      "M0 0h2v1H0zM1 1h1v1H1zM2 2h1v1H2z",
    );
  });

  it("understands the URL alphabet of base64", () => {
    expect(path({ size: 4, bits: "__8" })).toBe("M0 0h4v1H0zM0 1h4v1H0zM0 2h4v1H0zM0 3h4v1H0z");
  });
});
