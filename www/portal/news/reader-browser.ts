// The storage of readers in the browser: one entry per identity in IndexedDB, and a channel between tabs.

import { createStore, del, get, type UseStore, update } from "idb-keyval";
import type { ReaderChannel, ReaderStorage } from "./reader.js";

const NAME = "support-cases-readers";

/**
 * Opens the database. Its transactions end when the page is left: in WebKit, those of a page that is gone can hold the database until
 * the browser ends.
 */
function openReaders(): UseStore {
  const use = createStore(NAME, "readers");
  const running = new Set<IDBTransaction>();
  addEventListener("pagehide", () => {
    for (const transaction of running) {
      try {
        transaction.abort();
      } catch {
        // It has ended, and its event has not come yet.
      }
    }
  });
  return (mode, work) =>
    use(mode, (store) => {
      const { transaction } = store;
      running.add(transaction);
      for (const end of ["complete", "abort"]) transaction.addEventListener(end, () => running.delete(transaction));
      return work(store);
    });
}

const readers = openReaders();

/** Returns the storage of readers in IndexedDB. */
export function readerStorage(): ReaderStorage {
  return {
    read: (scope) => get(scope, readers),
    update: (scope, change) => update(scope, change, readers),
  };
}

/** Returns the channel between the tabs of this page. */
export function readerChannel(): ReaderChannel {
  const channel = new BroadcastChannel(NAME);
  return {
    send: (message) => channel.postMessage(message),
    listen(listener) {
      const own = ({ data }: MessageEvent) => listener(data);
      channel.addEventListener("message", own);
      return () => {
        channel.removeEventListener("message", own);
        channel.close();
      };
    },
  };
}

/** Erases the state of an identity, in this browser and in the tabs that show it: it has titles and statuses of cases. */
export async function eraseReader(scope: string): Promise<void> {
  const channel = new BroadcastChannel(NAME);
  channel.postMessage({ scope, action: { type: "erase" } });
  channel.close();
  await del(scope, readers);
}
