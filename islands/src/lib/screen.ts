/** Full screen, and a screen that doesn't fall asleep. */
import { all } from "./dom.ts";

export function installScreen(root: HTMLElement): void {
  for (const button of all<HTMLButtonElement>("[data-full-screen]", root)) {
    button.hidden = !document.fullscreenEnabled;
    button.addEventListener("click", () => void toggle());
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "f" && !event.ctrlKey && !event.metaKey && !event.altKey) void toggle();
  });
  void stayAwake();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void stayAwake();
  });
}

async function toggle(): Promise<void> {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await document.documentElement.requestFullscreen();
  } catch {
    // The browser doesn't allow it here; the page is usable as it is.
  }
}

export async function stayAwake(): Promise<void> {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // Low battery or a plain connection: the screen then follows its own settings.
  }
}
