// The service worker: it keeps the files of the page, so that it opens without a connection. It never touches the requests for
// cases: those are kept by the store. `VERSION` and `FILES` are written before it by the build.

/* global VERSION, FILES */

const CACHE = `portal-${VERSION}`;
/** The number of versions whose files are kept: pages that are open after a deployment need those of the former one. */
const KEPT = 2;

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

/** Answers with the page of the server, or with the kept one without a connection. */
async function page(request) {
  try {
    const response = await fetch(request);
    if (response.ok) return response;
  } catch {
    // No connection.
  }
  return (await caches.match("./", { ignoreSearch: true })) ?? Response.error();
}

/** Answers with a kept file. The names of built files contain their hashes, so that a kept one is never out of date. */
async function file(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
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
