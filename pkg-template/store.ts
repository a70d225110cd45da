// This is the entry point of the store in browsers. The first store fetches the wasm module, and the first call that needs it the
// deferred one; bundlers that support `new URL(…, import.meta.url)` emit them as files. If a file is missing, a script that
// contains the module is loaded instead. It is at the root, for tools that do not read `exports` (Parcel).

import { createStoreConstructor } from "./store/case-store.js";
import { storeDeferredUrl } from "./wasm/store-deferred-url.js";
import { storeUrl } from "./wasm/store-url.js";

export const CaseStore = /* @__PURE__ */ createStoreConstructor({
  moduleUrl: storeUrl,
  loadInlined: () => import("./wasm/inlined-store.js"),
  deferred: {
    moduleUrl: storeDeferredUrl,
    loadInlined: () => import("./wasm/inlined-store-deferred.js"),
  },
  loadErrors: () => import("./client/error-rows.js"),
});

export { custom, indexedDb, requestPersistentStorage } from "./store/persistence/index.js";
