// The entries of the invalidation log that `revoke` and `purge` append.

import type { Invalidation } from "./quota-object.js";

/** Returns the invalidations of `revoke`. */
export function revocations(whose: unknown): Invalidation[] {
  if (whose === "everybody") return [["everybody", ""]];
  const list = ["subject", "tenant"].flatMap((name): Invalidation[] => {
    const id = (whose as Record<string, unknown> | null | undefined)?.[name];
    return typeof id === "string" ? [[name, id]] : [];
  });
  if (list.length === 0) throw new TypeError('revoke: expected { subject }, { tenant } or "everybody"');
  return list;
}

/** Returns the invalidations of `purge`. */
export function purges(what: unknown): Invalidation[] {
  if (what === "everything") return [["everything", ""]];
  const ids: unknown = (what as { contract_ids?: unknown } | null | undefined)?.contract_ids;
  if (!Array.isArray(ids) || ids.length === 0 || !ids.every((id): id is string => typeof id === "string")) {
    throw new TypeError('purge: expected { contract_ids: […] } or "everything"');
  }
  return ids.map((id) => ["contract", id.trim()]);
}
