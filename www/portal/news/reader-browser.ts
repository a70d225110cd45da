// The storage of readers in the browser: one entry per identity in IndexedDB, and a channel between tabs.

import { createStore, del, get, update } from "idb-keyval";
import type { ReaderChannel, ReaderStorage } from "./reader.js";

const NAME = "support-cases-readers";

/** Returns the storage of readers in IndexedDB. */
export function readerStorage(): ReaderStorage {
  const store = createStore(NAME, "readers");
  return {
    read: (scope) => get(scope, store),
    update: (scope, change) => update(scope, change, store),
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
  await del(scope, createStore(NAME, "readers"));
}
