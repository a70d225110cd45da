// The persistence of stores: adapters, and the contract of own ones. The adapter for files is an entry of its own, since
// bundlers for pages cannot resolve what it imports.

export { type CustomOptions, custom } from "./custom.js";
export { type IndexedDbOptions, indexedDb, requestPersistentStorage } from "./indexed-db.js";
export type { PersistenceState, RestoreOutcome } from "./persistence-state.js";
export type { StorePersistence, StoreStorage } from "./storage.js";
