// The words for what happened to a case: in the list of news, in a case, and in notifications.

import type { CaseChange } from "cisco-support-case/store";
import { type Difference, differences, fieldLabel } from "../case/differences.js";
import { isolated } from "../ui/bidi.js";
import type { UnreadCase } from "./reader-state.js";

/** The kinds of news, as a reader filters them. */
export const KINDS = ["new", "closed", "reopened", "updated", "gone", "reminder", "reader"] as const;
export type NewsKind = (typeof KINDS)[number];

/** The names of the kinds. */
export const KIND_LABELS: Readonly<Record<NewsKind, string>> = {
  new: "New",
  closed: "Closed",
  reopened: "Reopened",
  updated: "Changed",
  gone: "No longer yours",
  reminder: "Reminder",
  reader: "Marked by you",
};

/** Returns the kind of an unread case. */
export const kindOf = ({ reason, type }: Pick<UnreadCase, "reason" | "type">): NewsKind =>
  reason === "change" ? type : reason;

/** Returns what changed in a case: first the fields with both values, then those of which only the name is known. */
export function changesOf(unread: Pick<UnreadCase, "before" | "after" | "fields">): readonly Difference[] {
  const known = differences(unread.before, unread.after);
  const named = new Set([...known.map(({ field }) => field), ...Object.keys(unread.before)]);
  const others = unread.fields.filter((field) => !named.has(field));
  return [
    ...known,
    ...others.map((field) => ({ field, label: fieldLabel(field), before: undefined, after: undefined })),
  ];
}

/** Returns a sentence for a case of which no field is known to have changed. */
export function sentenceOf(unread: UnreadCase): string {
  switch (kindOf(unread)) {
    case "new":
      return "The case is new.";
    case "gone":
      return "The case is gone: it was removed, or the account may not see it any more.";
    case "reminder":
      return "Nothing has happened since you put the case off.";
    case "reader":
      return "You marked the case as unread.";
    default:
      return "The case was updated, for example by a note.";
  }
}

/** A notification of the system. */
export interface NewsNotification {
  readonly title: string;
  readonly body: string;
  /** A later notification with the same tag replaces this one, in all tabs. */
  readonly tag: string;
  /** The case to open; `null` for the list of news. */
  readonly case_id: string | null;
}

/** Returns the one notification of several changes; `null` if there is nothing to say. */
export function notificationOf(
  changes: readonly CaseChange[],
  titleOf: (case_id: string) => string,
): NewsNotification | null {
  const ids = [...new Set(changes.map(({ case_id }) => case_id))];
  const [first] = ids;
  if (first === undefined) return null;
  if (ids.length > 1) {
    const lines = ids.slice(0, 3).map((id) => `${id} ${isolated(titleOf(id))}`);
    const more = ids.length > 3 ? [`and ${ids.length - 3} more`] : [];
    return { title: `${ids.length} cases changed`, body: [...lines, ...more].join("\n"), tag: "news", case_id: null };
  }
  const change = changes.findLast(({ case_id }) => case_id === first)!;
  const told = changesOf(change).flatMap(({ label, before, after }) =>
    before === undefined || after === undefined ? [] : [`${label}: ${before} → ${after}`],
  );
  const what = told.length > 0 ? told.map(isolated).join(", ") : KIND_LABELS[change.type];
  return { title: `Case ${first}: ${what}`, body: isolated(titleOf(first)), tag: `case-${first}`, case_id: first };
}
