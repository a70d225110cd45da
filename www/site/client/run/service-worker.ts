// The service worker that answers with edited examples, which the page has put into a cache. An edited example is thus a
// script of this site, as the pages' policy requires, and a module like any other.

import { EDITED } from "./edited.js";

/** The part of a service worker's scope that is used here; the DOM's declarations do not contain it. */
interface ServiceWorkerScope {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  addEventListener(type: string, listener: (event: ServiceWorkerEvent) => void): void;
}

interface ServiceWorkerEvent {
  request: Request;
  respondWith(response: Promise<Response>): void;
  waitUntil(work: Promise<unknown>): void;
}

const scope = self as unknown as ServiceWorkerScope;

scope.addEventListener("install", (event) => event.waitUntil(scope.skipWaiting()));
scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim()));
scope.addEventListener("fetch", (event) => {
  if (!new URL(event.request.url).pathname.includes("/assets/run/edited/")) return;
  const missing = new Response("This example is no longer open.", { status: 404 });
  event.respondWith(caches.open(EDITED).then(async (cache) => (await cache.match(event.request.url)) ?? missing));
});
