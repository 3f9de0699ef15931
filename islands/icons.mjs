// Draws the icons of the installed app, icons/*.png, from icons/app.svg and icons/app-maskable.svg.
// The pictures are committed, since a build has no browser: node icons.mjs after a change of either.
import { readFile, writeFile } from "node:fs/promises";
import { chromium } from "playwright-core";

const icons = new URL("icons/", import.meta.url);
const executablePath = process.env.MUSTER_CHROMIUM ?? "/usr/bin/chromium-headless-shell";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });

for (const [source, name, side] of [
  ["app.svg", "app-192.png", 192],
  ["app.svg", "app-512.png", 512],
  ["app-maskable.svg", "app-maskable-512.png", 512],
  ["app-maskable.svg", "app-apple-180.png", 180],
]) {
  const svg = await readFile(new URL(source, icons), "utf8");
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  const drawn = svg.replace(/<!--.*?-->/gs, "").replace("<svg ", `<svg width="${side}" height="${side}" `);
  await page.setContent(`<!doctype html><style>*{margin:0}svg{display:block}</style>${drawn}`);
  await writeFile(new URL(name, icons), await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
