/** What the service worker keeps, and which requests it answers. */

/** What belongs to a version of the program. */
export interface Version {
  /** Changes with any asset and with the offline page. */
  readonly name: string;
  /** Addresses that are kept. */
  readonly assets: readonly string[];
  /** The page that says that the server is away. */
  readonly offline: string;
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
export type Role = "asset" | "page" | "network";

/** Assets come from the shelf, pages from the network or else the offline page; nothing else is ours. */
export function role(asked: Asked, version: Version): Role {
  if (asked.method !== "GET") return "network";
  if (asked.mode === "navigate") return "page";
  return version.assets.includes(new URL(asked.url).pathname) ? "asset" : "network";
}

/** Fetches all that is kept; fails as a whole, so that a half-filled shelf is never used. */
export async function keep(caches: CacheStorage, version: Version): Promise<void> {
  const shelf = await caches.open(OURS + version.name);
  // Without cookies the offline page is nobody's.
  const asked = [...version.assets, version.offline].map(
    (address) => new Request(address, { credentials: "omit", cache: "reload" }),
  );
  await shelf.addAll(asked);
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
    case "page":
      return ask(request).catch(async (error: unknown) => {
        const page = await stored(caches, version, version.offline);
        if (page === undefined) throw error;
        return page;
      });
    case "network":
      return null;
  }
}

async function stored(
  caches: CacheStorage,
  version: Version,
  address: string,
): Promise<Response | undefined> {
  const shelf = await caches.open(OURS + version.name);
  return shelf.match(address);
}
