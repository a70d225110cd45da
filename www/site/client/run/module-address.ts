// The address of the module that an example is: a file of the site for an unchanged one, otherwise one that the service
// worker answers.

import { root } from "../root.js";
import { EDITED } from "./edited.js";

const FOLDER = new URL("assets/run/", root);

export const sourceAddress = (id: string) => new URL(`examples/${id}.txt`, FOLDER);

export const workerAddress = new URL("example-worker.js", FOLDER);

/** The address of a module, and a function that removes it after its run. */
export interface ModuleAddress {
  address: URL;
  remove(): Promise<unknown>;
}

export const unchangedModule = (id: string): ModuleAddress => ({
  address: new URL(`examples/${id}.js`, FOLDER),
  remove: async () => {},
});

export async function editedModule(code: string): Promise<ModuleAddress> {
  const { withFiles } = await import("../../lib/imports.js");
  const text = await withFiles(code);
  await activeServiceWorker();
  const address = new URL(`edited/${crypto.randomUUID()}.js`, FOLDER);
  const cache = await caches.open(EDITED);
  await cache.put(address, new Response(text, { headers: { "Content-Type": "text/javascript" } }));
  return { address, remove: () => cache.delete(address) };
}

/** Registers the service worker, and waits until it is active. */
async function activeServiceWorker(): Promise<void> {
  if (!("serviceWorker" in navigator)) {
    throw new Error("A changed example runs on https and on localhost only, in windows that allow service workers.");
  }
  const registration = await navigator.serviceWorker.register(new URL("service-worker.js", FOLDER), { type: "module" });
  const worker = registration.active ?? registration.waiting ?? registration.installing;
  if (!worker || worker.state === "activated") return;
  await new Promise<void>((done, failed) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") done();
      if (worker.state === "redundant") failed(new Error("The service worker of the examples could not be started."));
    });
  });
}
