/** Scanning the class code with this page, instead of with the phone's own camera program. */
import { Camera, whyNot } from "./lib/camera.ts";
import { classCode } from "./lib/class-code.ts";
import { one, setText } from "./lib/dom.ts";
import { Scanner } from "./lib/scanner.ts";

const HOLD = "Hold the phone so that the whole code is in the picture.";

const part = one("[data-scan]");
if (part && Camera.offered) start(part);

function start(part: HTMLElement): void {
  const dialog = one<HTMLDialogElement>("dialog", part);
  const video = dialog && one<HTMLVideoElement>("video", dialog);
  if (!dialog || !video) return;
  const note = one("[data-scan-note]", dialog);
  const lenses = one<HTMLSelectElement>("[data-scan-camera]", dialog);
  const light = one<HTMLButtonElement>("[data-scan-light]", dialog);
  const { worker = "", wasm = "" } = part.dataset;
  const scanner = new Scanner(video, { worker, wasm });

  const found = {
    text: (text: string): boolean => {
      const code = classCode(text);
      if (code === null) setText(note, "This is not the code of a class. Point at the one on the screen.");
      else location.assign(`/c/${code}`);
      return code !== null;
    },
    failed: (error: unknown): void => setText(note, whyNot(error)),
  };
  const look = async (camera = ""): Promise<void> => {
    setText(note, "Starting the camera …");
    try {
      await scanner.start(found, camera);
      if (!dialog.open) return scanner.stop();
      setText(note, HOLD);
      await offer();
    } catch (error) {
      setText(note, whyNot(error));
    }
  };
  /** What this camera can do besides. */
  const offer = async (): Promise<void> => {
    if (light) light.hidden = !scanner.camera.hasLight;
    light?.setAttribute("aria-pressed", "false");
    const all = await scanner.camera.lenses();
    if (!lenses) return;
    lenses.closest(".field")?.toggleAttribute("hidden", all.length < 2);
    lenses.replaceChildren(...all.map((lens) => new Option(lens.name, lens.id)));
    lenses.value = scanner.camera.current;
  };

  part.hidden = false;
  one("[data-scan-open]", part)?.addEventListener("click", () => {
    dialog.showModal();
    void look();
  });
  one("[data-scan-close]", dialog)?.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => scanner.stop());
  addEventListener("pagehide", () => scanner.stop());
  lenses?.addEventListener("change", () => void look(lenses.value));
  light?.addEventListener("click", () => {
    const on = light.getAttribute("aria-pressed") !== "true";
    void scanner.camera.light(on).then(() => light.setAttribute("aria-pressed", String(on)));
  });
}
