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
  let hadOne = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (hadOne) notice();
    hadOne = true;
  });
  // Without it the page works, but needs a connection to open.
  navigator.serviceWorker.register(workerUrl("./service-worker.js")).catch(() => {});
}
