// The answers of the copy, and their bodies.

import type { CopiedList } from "./copied-list.js";
import type { CopyDatabase } from "./d1-types.js";

/** An answer of the copy. */
export interface CopyAnswer {
  /** The body, JSON text. */
  body: string;
  /** The entity tag, weak and quoted: equal bodies have equal tags. */
  etag: string;
}

/** A page of the feed. Its body is a {@link FeedPageBody}. */
export interface FeedAnswer extends CopyAnswer {
  /** Whether the page has anything; if not, the cursor is the one that was given, and `etag` that of the page before. */
  isNew: boolean;
}

/**
 * The body of a page of the feed. It is applied in the order of its members; cases and `gone` in any order.
 *
 * With `refill`, the reader begins anew: cases that it held before, and that do not come again until a page without
 * `has_more`, are to be dropped.
 */
export interface FeedPageBody {
  /** The cursor to continue from. */
  cursor: string;
  /** Whether the round has more pages: the next one can be read at once. A page ends before its cases have more than 4 MB. */
  has_more: boolean;
  /** The reason to begin anew; `null` without one. */
  refill: "epoch" | "future" | "horizon" | "permissions" | null;
  /** The contracts and users that may be seen no longer: cases that have one of them are to be dropped. */
  left: {
    /** The contracts, in order. */
    contract_ids: string[];
    /** The users, in order. */
    user_ids: string[];
  };
  /** The ids of cases that are gone, or may be seen no longer. */
  gone: string[];
  /**
   * The cases that are new or were changed, in the form of `CaseRecord`, oldest change first. A case that is longer than a row of the
   * database may be has `issues`, a list of `Issue`, which name the parts that are left out.
   */
  cases: unknown[];
  /** What details add to these cases, of those whose details were read. Without the option `details` there are none. */
  details: CopiedDetails[];
}

/** What the details of a case add to its record. Notes are counted, and not copied. */
export interface CopiedDetails {
  /** The number of the case. */
  case_id: string;
  /** The name of the owner, or the e-mail address if the details have no name. */
  owner: string;
  /** The customer's own tracking or case number. */
  tracking_number: string;
  /** The number of notes. */
  notes_count: number;
  /** The date of the newest note, as RFC 3339; `null` without notes. */
  last_note_date: string | null;
  /** The author of the newest note, by the names and addresses in the details. */
  last_note_by: "customer" | "cisco" | "unknown";
  /** The date of the case's update that the details have, as RFC 3339. */
  updated_date: string | null;
}

/** The body of an answer of a query. */
export interface QueryAnswerBody {
  /** The instant from which ages were reckoned. */
  now: string;
  /** The number of all matching cases; `null` if the page was found without counting them. */
  total: number | null;
  /** The cases of the page, in order; `issues` of a case is as in the feed. */
  cases: unknown[];
  /** What details add to these cases, of those whose details were read. */
  details: CopiedDetails[];
}

/** A page of a list that the copy answers. */
export interface ListAnswer extends CopyAnswer {
  /** The age of the copy, in milliseconds. */
  ageMs: number;
}

/** The readers of the copy. `parsed` is the request as the wasm has parsed it. Errors are those of the gateway's table. */
export interface CopyReaders {
  /**
   * Reads a page of the feed for an authorized request: what changed since a cursor, or everything without one. `secret` is
   * the gateway's client secret.
   */
  feed(
    parsed: unknown,
    database: CopyDatabase,
    secret: string,
    position: { since?: string | undefined; limit?: number | undefined },
  ): Promise<FeedAnswer>;
  /** Answers a query in JSON text for an authorized request. The body is a {@link QueryAnswerBody}. */
  query(parsed: unknown, database: CopyDatabase, query: string): Promise<CopyAnswer>;
  /**
   * Counts the cases of a query for an authorized request. The body is `{ now, overview }`, with the overview that the
   * store gives; `options` is JSON text.
   */
  overview(parsed: unknown, database: CopyDatabase, query: string, options?: string): Promise<CopyAnswer>;
  /**
   * Answers a list in the form of the service. `undefined` if the copy is older than permitted or cannot answer: the service is
   * then asked. `address` is that of the page.
   */
  list(parsed: unknown, database: CopyDatabase, list: CopiedList, address: string): Promise<ListAnswer | undefined>;
}
