// Persistence in IndexedDB: its options. The storage itself is loaded when a store is opened with it.

import { rejectOption } from "../../client/reject-option.js";
import type { IndexedDbEnvironment, StorageEvents, StorePersistence } from "./storage.js";

/** Options of the persistence in IndexedDB. */
export interface IndexedDbOptions {
  /** The first part of the database's name, for pages that hold several stores. Default: `"cisco-support-case"`. */
  name?: string | undefined;
}

/** The name of a database: no two pairs of name and scope have the same. */
const databaseName = (name: string, scope: string): string => `${encodeURIComponent(name)}/${scope}`;

/**
 * Persistence in the browser's IndexedDB, one database per `scope`. Without IndexedDB, or if it fails, the store works in
 * memory and says so.
 *
 * Safari erases the data of sites that were not visited for 7 days of use, and other browsers when space is short: a store that
 * opens empty is normal.
 */
export function indexedDb(options: IndexedDbOptions = {}, environment: IndexedDbEnvironment = {}): StorePersistence {
  if (typeof options !== "object" || options === null) rejectOption("options", "an object", options);
  const { name = "cisco-support-case", ...others } = options;
  for (const other of Object.keys(others)) rejectOption(other, "the option name", other);
  if (typeof name !== "string" || name === "") rejectOption("name", "a text that is not empty", name);
  const storageOf = async (scope: string, events: StorageEvents) => {
    const { IndexedDbStorage } = await import("./indexed-db-storage.js");
    return new IndexedDbStorage(databaseName(name, scope), events, environment);
  };
  return {
    id: `indexedDb/${encodeURIComponent(name)}`,
    nameOf: (scope) => databaseName(name, scope),
    async open(scope, events) {
      const storage = await storageOf(scope, events);
      await storage.start();
      return storage;
    },
    erase: async (scope) => (await storageOf(scope, { onLost: () => {} })).destroy(),
  };
}

/**
 * Asks the browser not to erase the site's data when space is short, and resolves to its answer. Some browsers ask the user, so
 * call it after an action of the user. It does not protect against Safari's limit of 7 days.
 */
export async function requestPersistentStorage(): Promise<boolean> {
  try {
    return (await globalThis.navigator?.storage?.persist?.()) === true;
  } catch {
    return false;
  }
}
