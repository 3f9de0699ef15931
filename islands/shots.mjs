// Photographs the pattern pages at two widths in both themes and runs axe on each; exits 1 when axe finds something.
// cargo run -p muster-web --example patterns && node shots.mjs [page …]; pictures go to test-results/.
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const root = new URL(".", import.meta.url);
const out = new URL("../test-results/patterns/", root);
const axe = await readFile(new URL("node_modules/axe-core/axe.min.js", root), "utf8");
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; base-uri 'none'";
const types = { css: "text/css", js: "text/javascript", svg: "image/svg+xml", html: "text/html; charset=utf-8" };

const server = createServer(async (request, response) => {
  const path = new URL(request.url, "http://x").pathname;
  const file = path.startsWith("/assets/") ? `dist/${path.slice(8)}` : `patterns/${path.slice(1) || "index.html"}`;
  try {
    const body = await readFile(new URL(file, root));
    const headers = { "content-type": types[file.split(".").pop()], "content-security-policy": CSP };
    response.writeHead(200, headers).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const base = `http://127.0.0.1:${server.address().port}/`;

const browser = await chromium.launch({
  executablePath: process.env.MUSTER_CHROMIUM ?? "/usr/bin/chromium-headless-shell",
  args: "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync".split(" "),
});
const wanted = process.argv.slice(2);
const pages = (await readdir(new URL("patterns/", root)))
  .filter((name) => name.endsWith(".html"))
  .filter((name) => wanted.length === 0 || wanted.some((one) => name === `${one}.html`));
await mkdir(out, { recursive: true });
let findings = 0;
for (const name of pages) {
  for (const width of [320, 360, 1280]) {
    for (const theme of ["light", "dark"]) {
      if (width === 320 && theme === "dark") continue;
      findings += await photograph(name, width, theme);
    }
  }
}
await browser.close();
server.close();
process.exit(findings > 0 ? 1 : 0);

async function photograph(name, width, theme) {
  const page = await browser.newPage({
    viewport: { width, height: width < 1000 ? 740 : 800 },
    colorScheme: theme,
    reducedMotion: "reduce",
    hasTouch: width < 1000,
  });
  const label = `${name.replace(".html", "")}-${width}-${theme}`;
  page.on("console", (message) => {
    if (/Content Security|Refused/.test(message.text())) console.log(label, message.text());
  });
  page.on("pageerror", (error) => console.log(label, "script error:", error.message));
  await page.goto(base + name);
  await page.waitForTimeout(150);
  await writeFile(new URL(`${label}.png`, out), await page.screenshot({ fullPage: width > 320 }));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  if (wide) console.log(label, "scrolls sideways");
  // What lies under a bar that stays in place can't be judged there: begin at the top.
  await page.evaluate(() => scrollTo(0, 0));
  await page.evaluate(axe);
  const result = await page.evaluate(() => axe.run(document, { resultTypes: ["violations", "incomplete"] }));
  const found = [...result.violations, ...result.incomplete];
  for (const rule of found) {
    for (const node of rule.nodes.slice(0, 3)) {
      console.log(label, rule.id, node.target.join(" "), (node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? "");
    }
  }
  await page.close();
  return found.length + Number(wide);
}
