// User ids ignore case: the service finds the cases of any spelling, and each case has the spelling of its own. The conditions
// of a query compare texts as they are.

import type { CaseConditions, CaseQuery, OpenStore } from "./library.js";

/** The most values of a field that a store counts. */
const MAX_VALUES = 1000;

/** The cases that are looked at together if there are more user ids. */
const WINDOW = 10_000;

/** Returns a user id as it is compared. */
export const userKey = (user_id: string): string => user_id.toLowerCase();

/** Returns the spellings that cases of a store, of those that match a query, have for user ids. */
export function spellingsOf(store: OpenStore, user_ids: readonly string[], query: CaseQuery = {}): string[] {
  const wanted = new Set(user_ids.map(userKey));
  const isWanted = (value: unknown): value is string => typeof value === "string" && wanted.has(userKey(value));
  const { user_id: values } = store.facets(query, ["user_id"]);
  const spellings = new Set(values.map(({ value }) => value).filter(isWanted));
  if (values.length < MAX_VALUES) return [...spellings];
  for (let offset = 0; ; offset += WINDOW) {
    const { cases } = store.query({ ...query, offset, limit: WINDOW });
    for (const { user_id } of cases) if (isWanted(user_id)) spellings.add(user_id);
    if (cases.length < WINDOW) return [...spellings];
  }
}

/** Returns a query whose conditions have user ids in the spellings of a store's cases. */
export function spelledQuery(store: OpenStore, query: CaseQuery): CaseQuery {
  const { where, not } = query;
  const { user_id: _user, ...others } = where ?? {};
  const spelled = (conditions: CaseConditions | undefined): CaseConditions | undefined => {
    const given = conditions?.user_id;
    if (given === undefined || given.length === 0) return conditions;
    const ids = typeof given === "string" ? [given] : given;
    const found = spellingsOf(store, ids, { where: others });
    // A condition without ids would be none.
    return { ...conditions, user_id: found.length > 0 ? found : ids };
  };
  const [wanted, unwanted] = [spelled(where), spelled(not)];
  return { ...query, ...(wanted && { where: wanted }), ...(unwanted && { not: unwanted }) };
}
