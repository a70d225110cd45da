// The storage of readers in the browser: one entry per identity in IndexedDB, and a channel between tabs.

import { createStore, get, update } from "idb-keyval";
import type { ReaderChannel, ReaderStorage } from "./reader.js";

/** Returns the storage of readers in IndexedDB. */
export function readerStorage(): ReaderStorage {
  const store = createStore("support-cases-readers", "readers");
  return {
    read: (scope) => get(scope, store),
    update: (scope, change) => update(scope, change, store),
  };
}

/** Returns the channel between the tabs of this page. */
export function readerChannel(): ReaderChannel {
  const channel = new BroadcastChannel("support-cases-readers");
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
