// This is the entry point of the store on Cloudflare Workers (workerd), which compile only modules that are imported.

import { createStoreConstructor } from "../store/case-store.js";
import module from "../wasm/store.wasm";
import deferred from "../wasm/store-deferred.wasm";

export const CaseStore = /* @__PURE__ */ createStoreConstructor({
  readModule: () => module,
  deferred: { readModule: () => deferred },
  loadErrors: () => import("../client/error-rows.js"),
});

export { custom, indexedDb, requestPersistentStorage } from "../store/persistence/index.js";
