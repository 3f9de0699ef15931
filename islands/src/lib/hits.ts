/** What the search finds. */
export interface Hit {
  kind: string;
  title: string;
  detail: string;
  url: string;
}

/** Pages first, then what the server found; the same address once, and only addresses of this site. */
export function merge(pages: readonly Hit[], found: readonly Hit[]): Hit[] {
  const seen = new Set(pages.map((hit) => hit.url));
  const fresh = found.filter((hit) => hit.url.startsWith("/") && !hit.url.startsWith("//") && !seen.has(hit.url));
  return [...pages, ...fresh].map((hit) => ({ ...hit, kind: capital(hit.kind) }));
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
