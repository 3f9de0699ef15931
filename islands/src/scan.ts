/** Scanning the class code with this page, instead of with the phone's own camera program. */
import { Camera } from "./lib/camera.ts";
import { classCode } from "./lib/class-code.ts";
import { one } from "./lib/dom.ts";
import { Viewfinder } from "./lib/scanner.ts";

const part = one("[data-scan]");
if (part && Camera.offered) start(part);

function start(part: HTMLElement): void {
  const dialog = one<HTMLDialogElement>("dialog", part);
  const video = dialog && one<HTMLVideoElement>("video", dialog);
  if (!dialog || !video) return;
  const finder = new Viewfinder(dialog, video, {
    hold: "Hold the phone so that the whole code is in the picture.",
    text: (text) => {
      const code = classCode(text);
      if (code === null) finder.say("This is not the code of a class. Point at the one on the screen.");
      else location.assign(`/c/${code}`);
      return code !== null;
    },
    stays: () => dialog.open,
  });
  part.hidden = false;
  one("[data-scan-open]", part)?.addEventListener("click", () => {
    dialog.showModal();
    void finder.look();
  });
  one("[data-scan-close]", dialog)?.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => finder.stop());
}
