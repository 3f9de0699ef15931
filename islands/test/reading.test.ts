import { beforeAll, describe, expect, test, vi } from "vitest";
import { prepareZXingModule as prepareReader } from "zxing-wasm/reader";
import reader from "../node_modules/zxing-wasm/dist/reader/zxing_reader.wasm?url&inline";
import writer from "../node_modules/zxing-wasm/dist/writer/zxing_writer.wasm?url&inline";
import { prepareZXingModule as prepareWriter, writeBarcode } from "zxing-wasm/writer";
import vectors from "../../crates/credential/vectors/credential.json";
import { greyOf } from "../src/lib/grey.ts";
import { type Look, Looks, partOf } from "../src/lib/looks.ts";
import { textsIn } from "../src/lib/reading.ts";

const [WIDTH, HEIGHT] = [1280, 720];
const TEXT = vectors.credentials.find((one) => one.outcome === "ok")?.text ?? "";

interface Modules {
  readonly data: Uint8ClampedArray;
  readonly width: number;
}

/** Where a code is in a camera's picture. */
interface Held {
  readonly side: number;
  readonly x?: number;
  readonly y?: number;
  readonly inverted?: boolean;
}

// Pictures of a camera's size take a busy machine a while.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let code: Modules;

beforeAll(async () => {
  const bytes = async (url: string): Promise<ArrayBuffer> => (await fetch(url)).arrayBuffer();
  await prepareReader({ overrides: { wasmBinary: await bytes(reader) }, fireImmediately: true });
  await prepareWriter({ overrides: { wasmBinary: await bytes(writer) }, fireImmediately: true });
  code = (await writeBarcode(TEXT, { format: "QRCode", ecLevel: "M" })).symbol;
});

/** A picture of a code that is held a little askew before a wall, as brightness. */
function film({ side, x = WIDTH / 2, y = HEIGHT / 2, inverted = false }: Held): Uint8Array {
  const [sine, cosine] = [Math.sin(0.1), Math.cos(0.1)];
  const [dark, light] = inverted ? [200, 40] : [40, 200];
  const wall = 110;
  /** The code on paper with a margin of four modules. */
  const at = (px: number, py: number): number => {
    const [dx, dy] = [px - x, py - y];
    const column = Math.floor(((cosine * dx + sine * dy) / side + 0.5) * code.width);
    const row = Math.floor(((cosine * dy - sine * dx) / side + 0.5) * code.width);
    const away = Math.max(-column, -row, column + 1 - code.width, row + 1 - code.width);
    if (away > 4) return wall;
    return away <= 0 && code.data[row * code.width + column] === 0 ? dark : light;
  };
  const bytes = new Uint8Array(WIDTH * HEIGHT).fill(wall);
  const from = (middle: number): number => Math.max(0, Math.floor(middle - side * 0.7));
  for (let py = from(y); py < Math.min(HEIGHT, y + side * 0.7); py++) {
    for (let px = from(x); px < Math.min(WIDTH, x + side * 0.7); px++) {
      // Four points of each pixel, as a lens sees all of it.
      const seen = at(px + 0.25, py + 0.25) + at(px + 0.75, py + 0.25) + at(px + 0.25, py + 0.75) + at(px + 0.75, py + 0.75);
      bytes[py * WIDTH + px] = seen / 4;
    }
  }
  return bytes;
}

/** What a look reads. */
function readBy(look: Look, bytes: Uint8Array): Promise<string[]> {
  const part = partOf(look, WIDTH, HEIGHT);
  const grey = greyOf({ bytes, offset: part.y * WIDTH + part.x, stride: WIDTH }, part);
  return textsIn({ ...grey, colorSpace: "srgb" }, look.thorough);
}

/** How many looks it takes to find a code. */
async function looksFor(held: Held): Promise<number> {
  const [bytes, looks] = [film(held), new Looks()];
  for (let many = 1; many <= 4; many++) {
    const texts = await readBy(looks.now, bytes);
    if (texts.includes(TEXT)) return many;
    looks.heard(texts.length > 0);
  }
  return Infinity;
}

describe("a credential's code is found", () => {
  test("at the first look where it fills the frame", async () => {
    expect(await looksFor({ side: 500 })).toBe(1);
  });

  test("at the first look where it fills half of the frame", async () => {
    expect(await looksFor({ side: 250, x: 580, y: 400 })).toBe(1);
  });

  test("at the second look where it is small", async () => {
    expect(await looksFor({ side: 110 })).toBe(2);
  });

  test("where the page does not show it", async () => {
    expect(await looksFor({ side: 200, x: 140, y: 160 })).toBe(4);
  });

  test("light on dark", async () => {
    expect(await looksFor({ side: 300, inverted: true })).toBe(4);
  });
});

test("a picture without a code has no text", async () => {
  expect(await looksFor({ side: 0 })).toBe(Infinity);
});
