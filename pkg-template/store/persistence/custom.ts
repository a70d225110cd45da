// Persistence by an adapter of the user: a key-value store, an object store, files. The storage over it is loaded when a store
// is opened with it.

import { rejectOption } from "../../client/reject-option.js";
import type { StorePersistence, StoreStorage } from "./storage.js";

const FUNCTIONS = ["read", "write", "keys", "clear"] as const;

/** The prefix of a scope's keys. No prefix begins with another one, since the separator is escaped in scopes. */
const prefixOf = (scope: string): string => `${encodeURIComponent(scope)}/`;

/** Options of the persistence by an adapter. */
export interface CustomOptions {
  /**
   * The name of the data behind the adapter. Among the tabs of a page one is elected per name and scope, so two adapters that
   * write to different places need different names. Default: `"default"`.
   */
  name?: string | undefined;
  /**
   * The maximum time for an array in milliseconds: an adapter that takes longer is as one that fails, and the store continues in
   * memory. Default: 30 000.
   */
  timeoutMs?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Persistence by an adapter. Stores of several scopes can use one adapter: their keys have different prefixes.
 *
 * On servers one process at a time must write to a scope. In pages one tab is elected to write.
 *
 * @example
 * ```ts
 * const persist = custom({
 *   read: (keys) => Promise.all(keys.map((key) => kv.get(key))),
 *   write: async (puts, removes) => {
 *     for (const [key, bytes] of puts) await kv.put(key, bytes);
 *     for (const key of removes) await kv.delete(key);
 *   },
 *   keys: () => kv.list(),
 *   clear: async () => {
 *     for (const key of await kv.list()) await kv.delete(key);
 *   },
 * });
 * ```
 */
export function custom(adapter: StoreStorage, options: CustomOptions = {}): StorePersistence {
  if (typeof options !== "object" || options === null) rejectOption("options", "an object", options);
  const { name = "default", timeoutMs = DEFAULT_TIMEOUT_MS, ...others } = options;
  for (const other of Object.keys(others)) rejectOption(other, "one of the options name, timeoutMs", other);
  if (typeof name !== "string" || name === "") rejectOption("name", "a text that is not empty", name);
  if (!(timeoutMs > 0 && timeoutMs < 2 ** 31)) rejectOption("timeoutMs", "a number of milliseconds above 0", timeoutMs);
  const missing = FUNCTIONS.find((one) => typeof adapter?.[one] !== "function");
  if (missing) {
    const expected = `an adapter with the functions ${FUNCTIONS.join(", ")}`;
    rejectOption("persist", expected, `one without ${missing}`);
  }
  const id = `custom/${encodeURIComponent(name)}`;
  const nameOf = (scope: string) => `${id}/${scope}`;
  const storageOf = async (scope: string) => {
    const { CustomStorage } = await import("./custom-storage.js");
    return new CustomStorage(adapter, prefixOf(scope), nameOf(scope), timeoutMs);
  };
  return { id, nameOf, open: storageOf, erase: async (scope) => (await storageOf(scope)).destroy() };
}
