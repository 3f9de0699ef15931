// Bundles the style sheet and every island into dist/, named by content and pre-compressed.
// dist/manifest.json maps logical names ("app.css") to files; the server embeds both.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = new URL(".", import.meta.url);
const dist = new URL("dist/", root);
const target = ["chrome103", "firefox102", "safari15.6"];
const CSS_LIMIT = 15_000;

/** Text of everything that is served, by logical name. */
async function collect() {
  const entries = (await readdir(new URL("src/", root))).filter((name) => name.endsWith(".ts"));
  const bundled = await build({
    absWorkingDir: root.pathname,
    entryPoints: [...entries.map((name) => `src/${name}`), "css/app.css"],
    entryNames: "[name]",
    outdir: "dist",
    bundle: true,
    minify: true,
    format: "esm",
    target,
    legalComments: "none",
    write: false,
  });
  const files = new Map(
    bundled.outputFiles.map((file) => [file.path.split("/").pop(), Buffer.from(file.contents)]),
  );
  files.set("icons.svg", strip(await readFile(new URL("icons/icons.svg", root), "utf8")));
  files.set("favicon.svg", strip(await readFile(new URL("icons/favicon.svg", root), "utf8")));
  for (const name of ["app-192.png", "app-512.png", "app-maskable-512.png", "app-apple-180.png"]) {
    files.set(name, await readFile(new URL(`icons/${name}`, root)));
  }
  const zxing = "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm";
  files.set("scan.wasm", await readFile(new URL(zxing, root)));
  files.set("htmx.js", await readFile(new URL("node_modules/htmx.org/dist/htmx.min.js", root)));
  return files;
}

function strip(svg) {
  return Buffer.from(svg.replace(/<!--.*?-->/gs, "").replace(/>\s+</g, "><").trim());
}

function hashed(name, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  return name.replace(/(\.\w+)$/, `-${hash}$1`);
}

const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });

async function main() {
  const files = await collect();
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  const manifest = {};
  for (const [name, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const file = hashed(name, bytes);
    const br = brotli(bytes);
    const gz = gzipSync(bytes, { level: 9 });
    await Promise.all([
      writeFile(new URL(file, dist), bytes),
      writeFile(new URL(`${file}.br`, dist), br),
      writeFile(new URL(`${file}.gz`, dist), gz),
    ]);
    const integrity = `sha384-${createHash("sha384").update(bytes).digest("base64")}`;
    manifest[name] = { file, integrity };
    console.log(`${name.padEnd(20)} ${bytes.length} bytes, ${br.length} br, ${gz.length} gz`);
    if (name === "app.css" && gz.length > CSS_LIMIT) {
      throw new Error(`app.css is ${gz.length} bytes compressed; the limit is ${CSS_LIMIT}`);
    }
  }
  await writeFile(new URL("manifest.json", dist), `${JSON.stringify(manifest, null, 2)}\n`);
}

await main();
