/** What the service worker keeps, and which requests it answers. */

/** What belongs to a version of the program. */
export interface Version {
  /** Changes with any asset and with the offline page. */
  readonly name: string;
  /** Addresses that are kept. */
  readonly assets: readonly string[];
  /** The page that says that the server is away. */
  readonly offline: string;
  /** Pages that are nobody's and work without a network: of verifiers, and of students. */
  readonly apps: readonly App[];
  /** Addresses that are kept once they were needed: large, and for few phones. */
  readonly extras: readonly string[];
}

/** A page that works without a network. */
export interface App {
  readonly page: string;
  /** What its addresses begin with for which it stands in while the server is away. */
  readonly instead: readonly string[];
}

/** Every cache of ours begins so; others are left alone. */
const OURS = "muster-";

/** What is asked: a `Request`, or as much of one as decides. */
export interface Asked {
  readonly method: string;
  readonly mode: string;
  readonly url: string;
}

/** Who answers a request. */
export type Role = "asset" | "extra" | "app" | "page" | "network";

/** Assets and the apps come from the shelf, pages from the network or else from it; nothing else is ours. */
export function role(asked: Asked, version: Version): Role {
  if (asked.method !== "GET") return "network";
  const { pathname } = new URL(asked.url);
  if (asked.mode === "navigate") return version.apps.some((app) => app.page === pathname) ? "app" : "page";
  if (version.extras.includes(pathname)) return "extra";
  return version.assets.includes(pathname) ? "asset" : "network";
}

/** Fetches all that is kept; fails as a whole, so that a half-filled shelf is never used. */
export async function keep(caches: CacheStorage, version: Version): Promise<void> {
  // A phone that scans without a network goes on doing so after an update.
  const extras = (await hasExtras(caches)) ? version.extras : [];
  const shelf = await caches.open(OURS + version.name);
  // Without cookies the pages are nobody's.
  const asked = [...version.assets, version.offline, ...version.apps.map((app) => app.page), ...extras].map(
    (address) => new Request(address, { credentials: "omit", cache: "reload" }),
  );
  await shelf.addAll(asked);
}

/** Whether a version before was asked for what reads codes. */
async function hasExtras(caches: CacheStorage): Promise<boolean> {
  for (const name of (await caches.keys()).filter((name) => name.startsWith(OURS))) {
    const kept = await (await caches.open(name)).keys();
    if (kept.some(({ url }) => url.endsWith(".wasm"))) return true;
  }
  return false;
}

/** Drops the shelves of other versions. */
export async function sweep(caches: CacheStorage, version: Version): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(OURS) && name !== OURS + version.name);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** The answer, or null where the browser asks the server as if there were no worker. */
export function answer(
  caches: CacheStorage,
  version: Version,
  request: Request,
  ask: (request: Request) => Promise<Response>,
): Promise<Response> | null {
  switch (role(request, version)) {
    case "asset":
      return stored(caches, version, request.url).then((kept) => kept ?? ask(request));
    case "extra":
      return stored(caches, version, request.url).then((kept) => kept ?? fetched(caches, version, request, ask));
    case "app":
      return stored(caches, version, new URL(request.url).pathname).then((kept) => kept ?? page(caches, version, request, ask));
    case "page":
      return page(caches, version, request, ask);
    case "network":
      return null;
  }
}

/** A page of the server's; while it is away, the app that stands in for it, or a calm page. */
function page(
  caches: CacheStorage,
  version: Version,
  request: Request,
  ask: (request: Request) => Promise<Response>,
): Promise<Response> {
  return ask(request).catch(async (error: unknown) => {
    const kept = await stored(caches, version, standsIn(version, request)?.page ?? version.offline);
    if (kept === undefined) throw error;
    return kept;
  });
}

/** The app that stands in for a page. */
function standsIn(version: Version, request: Request): App | undefined {
  const path = `${new URL(request.url).pathname.toLowerCase()}/`;
  return version.apps.find((app) => app.instead.some((start) => path.startsWith(`${start}/`)));
}

async function fetched(
  caches: CacheStorage,
  version: Version,
  request: Request,
  ask: (request: Request) => Promise<Response>,
): Promise<Response> {
  const answer = await ask(request);
  if (answer.ok) {
    const copy = answer.clone();
    await (await caches.open(OURS + version.name)).put(request.url, copy);
  }
  return answer;
}

async function stored(
  caches: CacheStorage,
  version: Version,
  address: string,
): Promise<Response | undefined> {
  const shelf = await caches.open(OURS + version.name);
  return shelf.match(address);
}
