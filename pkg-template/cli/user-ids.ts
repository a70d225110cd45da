// The spellings of user ids. The service ignores their case (`util/user-key.ts`), and the conditions of a query compare them as
// they are (rule 1.3 of `src/query/mod.rs`): so a query gets all spellings that the cases have.

import { type CaseConditions, type CaseQuery, isCaseApiError, type OpenStore } from "./library.js";
import { UsageError } from "./exit-codes.js";
import { QUERY_MAX_FACET_VALUES, QUERY_MAX_LIMIT, QUERY_MAX_VALUES } from "../generated/boundary.js";
import { userKey } from "../util/user-key.js";

/** The spellings of all user ids of a store, by their keys. Every case is read once, and then only those that changed. */
class UserIdIndex {
  readonly #spellings = new Map<string, Set<string>>();
  #version: number | undefined;

  /** Returns the spellings of user ids, after the changes of the store. Cases that have gone still count. */
  spellingsOf(store: OpenStore, user_ids: readonly string[]): string[] {
    this.#update(store);
    return [...new Set(user_ids.map(userKey))].flatMap((key) => [...(this.#spellings.get(key) ?? [])]);
  }

  #update(store: OpenStore): void {
    const { version } = store;
    if (this.#version === version) return;
    if (this.#version === undefined || !this.#addChanges(store, this.#version)) this.#addAll(store);
    this.#version = version;
  }

  /** Adds the user ids of what has changed since a version. Returns whether the store knows all of that. */
  #addChanges(store: OpenStore, since: number): boolean {
    try {
      for (const { type, case_id, fields } of store.changesSince(since)) {
        if (type === "new" || fields.includes("user_id")) this.#add(store.get(case_id)?.user_id);
      }
      return true;
    } catch (error) {
      if (isCaseApiError(error) && error.code === "STORE_HISTORY_INCOMPLETE") return false;
      throw error;
    }
  }

  #addAll(store: OpenStore): void {
    const { user_id: values } = store.facets({}, ["user_id"]);
    for (const { value } of values) this.#add(value);
    if (values.length < QUERY_MAX_FACET_VALUES) return;
    for (let offset = 0; ; offset += QUERY_MAX_LIMIT) {
      const { cases } = store.query({ offset, limit: QUERY_MAX_LIMIT });
      for (const { user_id } of cases) this.#add(user_id);
      if (cases.length < QUERY_MAX_LIMIT) return;
    }
  }

  #add(user_id: unknown): void {
    if (typeof user_id !== "string") return;
    const key = userKey(user_id);
    const known = this.#spellings.get(key);
    if (known) known.add(user_id);
    else this.#spellings.set(key, new Set([user_id]));
  }
}

const INDEXES = new WeakMap<OpenStore, UserIdIndex>();

/** Returns the spellings that cases of a store have, or had, for user ids. */
export function spellingsOf(store: OpenStore, user_ids: readonly string[]): string[] {
  let index = INDEXES.get(store);
  if (!index) INDEXES.set(store, (index = new UserIdIndex()));
  return index.spellingsOf(store, user_ids);
}

/** Returns a query whose conditions have user ids in the spellings of a store's cases. */
export function spelledQuery(store: OpenStore, query: CaseQuery): CaseQuery {
  const { where, not } = query;
  const spelled = (conditions: CaseConditions | undefined): CaseConditions | undefined => {
    const given = conditions?.user_id;
    if (given === undefined || given.length === 0) return conditions;
    const ids = typeof given === "string" ? [given] : given;
    const found = spellingsOf(store, ids);
    if (found.length > QUERY_MAX_VALUES) {
      throw new UsageError(
        `user_id: expected ids with at most ${QUERY_MAX_VALUES} spellings among the cases, got ${ids.length} ids with ${found.length}`,
      );
    }
    // A condition without ids would be none.
    return { ...conditions, user_id: found.length > 0 ? found : ids };
  };
  const [wanted, unwanted] = [spelled(where), spelled(not)];
  return { ...query, ...(wanted && { where: wanted }), ...(unwanted && { not: unwanted }) };
}
