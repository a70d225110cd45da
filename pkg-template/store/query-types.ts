// Types of queries and their answers. The rules of a query are a table in the crate's documentation (`query`).

import type { CaseRecord, CaseStatus, StatusFlag } from "../generated/types.js";

/** One value, or a list of which any matches. */
export type OneOrMore<T> = T | readonly T[];

/** A range of instants. */
export interface DateInterval {
  /** The first instant of the interval; default: unbounded. A text is RFC 3339. */
  from?: string | Date | undefined;
  /** The end of the interval, which is not part of it; default: unbounded. A text is RFC 3339. */
  to?: string | Date | undefined;
}

/** A range of whole days of 24 hours, both ends included. */
export interface AgeRange {
  /** The minimum number of days; default: unbounded. */
  min?: number | undefined;
  /** The maximum number of days; default: unbounded. */
  max?: number | undefined;
}

/** Conditions on cases. A case matches if it matches every member. A list has at most 1000 values. */
export interface CaseConditions {
  /** The status flag; `""` for cases without one. */
  status_flag?: OneOrMore<StatusFlag | ""> | undefined;
  /** The detailed status, as the service spells it; `""` for cases without one. */
  status?: OneOrMore<CaseStatus> | undefined;
  /** The severity, 1 to 4; `null` for cases without one. */
  severity?: OneOrMore<1 | 2 | 3 | 4 | null> | undefined;
  /** The case number. */
  case_id?: OneOrMore<string> | undefined;
  /** The contract id; `""` for cases without one. */
  contract_id?: OneOrMore<string> | undefined;
  /** The Cisco.com user id of the originator, as the case spells it; `""` for cases without one. */
  user_id?: OneOrMore<string> | undefined;
  /** The technology; `""` for cases without one. */
  technology_name?: OneOrMore<string> | undefined;
  /** The sub-technology; `""` for cases without one. */
  sub_technology_name?: OneOrMore<string> | undefined;
  /** The serial number; `""` for cases without one. */
  serial_number?: OneOrMore<string> | undefined;
  /** A bug of the case; `""` for cases without bugs. */
  bug?: OneOrMore<string> | undefined;
  /** An RMA number of the case; `""` for cases without RMAs. */
  rma?: OneOrMore<string> | undefined;
  /** The creation date. A case without one does not match. */
  created?: DateInterval | undefined;
  /** The date of the last update. A case without one does not match. */
  updated?: DateInterval | undefined;
  /**
   * Words, each of which must begin a word of the title, case number, serial number, contract id, user id, bugs or RMAs; a word
   * of at least three characters may also end one of them, but for the title and the user id. Case and accents are ignored. At
   * most 32 words and 1000 UTF-16 units.
   */
  text?: string | undefined;
  /** The days since the creation of an open case. Closed cases do not match. */
  open_for_days?: AgeRange | undefined;
  /** The days since the last update. */
  quiet_for_days?: AgeRange | undefined;
  /** The days in the present status, as far as they are known. */
  in_status_for_days?: AgeRange | undefined;
}

/** The name of a sort key. */
export type CaseSortKey =
  | "updated_date"
  | "creation_date"
  | "status_since"
  | "last_note_date"
  | "severity"
  | "status"
  | "title"
  | "case_id"
  | "contract_id"
  | "user_id"
  | "technology_name"
  | "text";

/** A term of the sort order. Missing values are last in both directions; ties end in `case_id`. */
export interface CaseSortTerm {
  /** The key. `"text"` is the rank of a text search, best first. */
  by: CaseSortKey;
  /** The direction; default: `"asc"`, for `"text"` `"desc"`. */
  order?: "asc" | "desc" | undefined;
}

/** A query over cases, as data. */
export interface CaseQuery {
  /** The conditions that a case must match; default: every case matches. */
  where?: CaseConditions | undefined;
  /** Conditions of which a case must match none. */
  not?: CaseConditions | undefined;
  /** The instant from which ages are calculated; default: the store's `now`. */
  now?: string | Date | undefined;
  /** The sort order; default: the rank of a text search, else the last update, newest first. */
  sort?: OneOrMore<CaseSortTerm> | undefined;
  /** The number of matching cases before the first returned one, 0 to 10 000 000; default 0. */
  offset?: number | undefined;
  /** The maximum number of returned cases, 0 to 10 000; default 50. */
  limit?: number | undefined;
}

/** A range of a text in UTF-16 units: the first one, and the one after the last. */
export type TextRange = readonly [start: number, end: number];

/** The parts of a case that a text search matched. Ranges are ascending and do not overlap. */
export interface CaseMatches {
  /** The ranges of each matched text field. */
  readonly fields: {
    readonly [field in "title" | "case_id" | "serial_number" | "contract_id" | "user_id"]?: readonly TextRange[];
  };
  /** The ranges of each matched bug, by its index. */
  readonly bugs?: { readonly [index: number]: readonly TextRange[] };
  /** The ranges of each matched RMA, by its index. */
  readonly rmas?: { readonly [index: number]: readonly TextRange[] };
}

/** The places in a note where a text search matched. */
export interface NoteMatches {
  /** The index of the note in the case's details. */
  readonly index: number;
  /** The ranges in `note`, ascending. */
  readonly note: readonly TextRange[];
  /** The ranges in `note_detail`, ascending. */
  readonly note_detail: readonly TextRange[];
}

/** The answer to a query. It is frozen. */
export interface CaseQueryResult {
  /** The number of matching cases. */
  readonly total: number;
  /** The cases of the window. Records of unchanged cases are the same objects in each answer; they are frozen. */
  readonly cases: readonly CaseRecord[];
  /**
   * For a query with `text`, the matches in each case, in the order of `cases`; else empty. They are found when they are first
   * read: before the store is closed.
   */
  readonly matches: readonly CaseMatches[];
  /** The instant from which ages were calculated, as RFC 3339. */
  readonly now: string;
}
