// This is the entry point of the store on Node, Deno and Bun. The module is read from its file for the first store. If a
// bundler omitted the file, a script that contains it is loaded instead.

import { createStoreConstructor } from "../store/case-store.js";
import { readStore } from "../wasm/store-read.js";

export const CaseStore = /* @__PURE__ */ createStoreConstructor({
  readModule: readStore,
  loadInlined: () => import("../wasm/inlined-store.js"),
  loadErrors: () => import("../client/error-rows.js"),
});

export { custom, indexedDb, requestPersistentStorage } from "../store/persistence/index.js";
