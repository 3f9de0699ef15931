/**
 * The service worker: keeps style sheet, icons and scripts, which are the same for everybody, a page
 * that says that the server is away, and the apps of verifiers and students, which have nothing of anybody
 * in them. It keeps no other page and no answer: those are personal. What a student scanned without a
 * network it sends when the browser says that there is one.
 *
 * The server prepends `self.muster`, which names what belongs to this version.
 */
import { answer, keep, sweep, type Version } from "./lib/shelf.ts";
import { LATER, sendLater } from "./receipts/sending.ts";

interface WorkerScope {
  readonly muster: Version;
  readonly caches: CacheStorage;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", heard: (event: LifeEvent) => void): void;
  addEventListener(type: "message", heard: (event: LifeEvent) => void): void;
  addEventListener(type: "sync", heard: (event: LifeEvent & { readonly tag: string }) => void): void;
  addEventListener(type: "fetch", heard: (event: AskEvent) => void): void;
}

interface LifeEvent {
  waitUntil(done: Promise<unknown>): void;
}

interface AskEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

const scope = self as unknown as WorkerScope;

scope.addEventListener("install", (event) => {
  event.waitUntil(keep(scope.caches, scope.muster).then(() => scope.skipWaiting()));
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(sweep(scope.caches, scope.muster).then(() => scope.clients.claim()));
});

// A page whose loading crossed the activation was not there to be claimed.
scope.addEventListener("message", (event) => event.waitUntil(scope.clients.claim()));

scope.addEventListener("fetch", (event) => {
  const found = answer(scope.caches, scope.muster, event.request, fetch);
  if (found !== null) event.respondWith(found);
});

scope.addEventListener("sync", (event) => {
  if (event.tag === LATER) event.waitUntil(sendLater());
});
