// Queries that the store rejects: a view may have more than a query can, such as a pasted text of many words, or a range that ends
// before it begins.

import { isCaseApiError, type Problem } from "cisco-support-case";
import type { CaseQuery } from "cisco-support-case/store";

/** The query of no case, which takes the place of a rejected one. */
const NO_CASE: CaseQuery = Object.freeze({ where: { case_id: [""] } });

/** An answer with the query that it is of. */
export interface Answer<T> {
  readonly answer: T;
  readonly query: CaseQuery;
  /** The problems of the query that was asked; of those `query` is that of no case. */
  readonly problems: readonly Problem[];
}

/** Asks the store, by a function that throws what the store does. */
export function answerOf<T>(asked: CaseQuery, ask: (query: CaseQuery) => T): Answer<T> {
  try {
    return { answer: ask(asked), query: asked, problems: [] };
  } catch (error) {
    if (!isCaseApiError(error) || error.kind !== "invalid_request") throw error;
    return { answer: ask(NO_CASE), query: NO_CASE, problems: error.problems };
  }
}
