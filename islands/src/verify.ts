/** The verifier's page: what is scanned or typed is presented at once, and the verdict fills the screen. */
import { all, one } from "./lib/dom.ts";
import { gateCamera } from "./lib/gate-camera.ts";
import { watchGates } from "./lib/gates.ts";
import { randomName } from "./lib/nonce.ts";
import { Signal } from "./lib/signal.ts";
import { VerdictScreen } from "./lib/verdict-screen.ts";

const page = one("[data-verify]");
if (page) start(page);

function start(page: HTMLElement): void {
  const signal = new Signal();
  const screen = new VerdictScreen(page, signal);
  for (const form of all<HTMLFormElement>("form[data-present]", page)) screen.take(form);
  watchGates(page);
  const part = one("[data-scan]", page);
  const form = one<HTMLFormElement>("[data-by-code]", page);
  if (!part || !form) return;
  gateCamera(part, {
    point: page.dataset["point"] ?? "",
    ready: () => screen.ready,
    present: (text) => {
      const data = new FormData(form);
      data.set("credential", text);
      data.set("nonce", randomName());
      void screen.present(data);
    },
    touched: () => signal.prepare(),
  });
}
