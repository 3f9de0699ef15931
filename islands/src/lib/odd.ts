/** The list of marks that deserve a look: read anew when a flag comes or goes. */
import { one } from "./dom.ts";

/** How long to wait for others: a code that is passed on raises several flags at once. */
const TOGETHER = 800;

let waiting: ReturnType<typeof setTimeout> | undefined;

/** Puts the section as the server has it now in the place of the one on the page. */
export function renewOdd(): void {
  clearTimeout(waiting);
  waiting = setTimeout(() => void renew(), TOGETHER);
}

async function renew(): Promise<void> {
  try {
    const answer = await fetch(location.pathname, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const section = one("[data-odd]", page);
    if (section) one("[data-odd]")?.replaceWith(document.adoptNode(section));
  } catch {
    // The next flag, or the next visit, shows it.
  }
}
