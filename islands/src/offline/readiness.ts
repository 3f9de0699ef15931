/** Makes sure that the page opens and scans without a network, and that the browser keeps what it has. */

/** How long the service worker may take to be there, in milliseconds. */
const PATIENCE = 4_000;

/** Asks the browser not to drop what is kept when storage runs short; some ask the person. */
export async function makeLasting(): Promise<void> {
  try {
    if (!(await navigator.storage.persisted())) await navigator.storage.persist();
  } catch {
    // Then it is kept as long as there is room.
  }
}

/** Has the service worker keep what reads codes. `part` names its addresses. */
export async function makeOpenable(part: HTMLElement | null): Promise<void> {
  const { worker = "", wasm = "" } = part?.dataset ?? {};
  const waited = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  await Promise.race([navigator.serviceWorker?.ready, waited]);
  await Promise.all([worker, wasm].map((address) => fetch(address).catch(() => undefined)));
}
