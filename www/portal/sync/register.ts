// Registers the service worker, by which the page opens without a connection, and notices a newer version of the page.

import { workerUrl } from "../app/trusted-urls.js";

let isNewer = false;
const listeners = new Set<() => void>();

/** Whether a newer version of the page waits for a reload. */
export const hasNewerVersion = (): boolean => isNewer;

/** Calls a function when a newer version waits. Returns a function that ends that. */
export function onNewerVersion(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function notice(): void {
  isNewer = true;
  for (const listener of listeners) listener();
}

/** Registers the service worker of the built page. */
export function registerServiceWorker(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const hadOne = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (hadOne) notice();
  });
  // Without it the page works, but needs a connection to open.
  navigator.serviceWorker.register(workerUrl("./service-worker.js")).catch(() => {});
}

/** The time of the last reload for a missing file, so that a broken deployment does not reload for ever. */
const RELOADED_KEY = "portal.reloaded";
const RELOAD_PERIOD_MS = 60_000;

// After a deployment the files of an older page may be gone.
addEventListener("vite:preloadError", (event) => {
  const last = Number(sessionStorage.getItem(RELOADED_KEY) ?? 0);
  if (Date.now() - last < RELOAD_PERIOD_MS) return;
  event.preventDefault();
  sessionStorage.setItem(RELOADED_KEY, String(Date.now()));
  location.reload();
});
