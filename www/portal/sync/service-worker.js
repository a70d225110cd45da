// The service worker: it keeps the files of the page, so that it opens without a connection. It never touches the requests for
// cases: those are kept by the store. `VERSION` and `FILES` are written before it by the build.

/* global VERSION, FILES */

const CACHE = `portal-${VERSION}`;
/** The number of versions whose files are kept: pages that are open after a deployment need those of the former one. */
const KEPT = 2;
/** The wait for the page of the server if one is kept, in milliseconds. */
const SLOW_MS = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      await cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = (await caches.keys()).filter((name) => name.startsWith("portal-") && name !== CACHE);
      // Names are in the order of their creation.
      await Promise.all(names.slice(0, Math.max(0, names.length - (KEPT - 1))).map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  const scope = new URL(self.registration.scope).pathname;
  if (!url.pathname.startsWith(scope)) return;
  const path = url.pathname.slice(scope.length);
  if (request.mode === "navigate" && (path === "" || path === "index.html")) event.respondWith(page(request));
  else if (path.startsWith("assets/") || FILES.includes(path)) event.respondWith(file(request));
});

/** Returns what is kept for a request: of this version, else of a former one. `caches.match` alone prefers the oldest. */
async function kept(request, options) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request, options)) ?? caches.match(request, options);
}

/**
 * Answers with the page of the server, or with the kept one if there is no connection, the server fails, or nothing has come for a while:
 * a connection as in a train may hang for minutes before it fails. Refusals, and redirects as to a page that signs in (whose status is 0
 * here), are the browser's to show.
 */
async function page(request) {
  const answer = fetch(request).catch(() => Response.error());
  const isGood = ({ type, status }) => type !== "error" && status < 500;
  const first = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, SLOW_MS))]);
  if (first && isGood(first)) return first;
  return (await kept("./", { ignoreSearch: true })) ?? answer;
}

/** Answers with a kept file. A version has its files, and the names of most contain their hashes: a kept one is never out of date. */
async function file(request) {
  const found = await kept(request);
  if (found) return found;
  const response = await fetch(request);
  if (response.ok && request.url.includes("/assets/")) {
    const cache = await caches.open(CACHE);
    await cache.put(request, response.clone());
  }
  return response;
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(
    (async () => {
      const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
      const [client] = open;
      if (client) await client.focus();
      else await self.clients.openWindow("./?page=news");
    })(),
  );
});
