// This is the entry point of the store on Node, Deno and Bun. The module is read from its file for the first store, the
// deferred one for the first call that needs it. If a bundler omitted a file, a script that contains it is loaded instead.

import { createStoreConstructor } from "../store/case-store.js";
import { readStoreDeferred } from "../wasm/store-deferred-read.js";
import { readStore } from "../wasm/store-read.js";

export const CaseStore = /* @__PURE__ */ createStoreConstructor({
  readModule: readStore,
  loadInlined: () => import("../wasm/inlined-store.js"),
  deferred: {
    readModule: readStoreDeferred,
    loadInlined: () => import("../wasm/inlined-store-deferred.js"),
  },
  loadErrors: () => import("../client/error-rows.js"),
});

export { custom, indexedDb, requestPersistentStorage } from "../store/persistence/index.js";
