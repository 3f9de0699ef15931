/** Sharing an address: by what the device offers, or by copying it. */
import { all, one, setText } from "./lib/dom.ts";

for (const button of all<HTMLButtonElement>("[data-share]")) {
  button.hidden = false;
  button.addEventListener("click", () => void share(button));
}

async function share(button: HTMLButtonElement): Promise<void> {
  const url = button.dataset.share ?? location.href;
  if ("share" in navigator) {
    // Whoever closes the sheet has shared nothing, and that is no fault.
    await navigator.share({ title: document.title, url }).catch(() => undefined);
    return;
  }
  const word = one("[data-share-word]", button);
  const copied = await copy(url);
  setText(word, copied ? "Copied" : "Copy it from the address bar");
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
