// Case numbers: those in a pasted text, and those of all cases that match a query.

import type { CaseQuery, CaseStore } from "cisco-support-case/store";
import { MAX_IDS } from "../app/view.js";

/** Case numbers have nine digits, of which older ones begin with 6. */
const CASE_ID = /(?<![\dA-Za-z])\d{9}(?![\dA-Za-z])/g;

/** Returns the case numbers in a text, such as a mail, in their order and without duplicates: as many as a condition takes. */
export function idsIn(text: string): string[] {
  return [...new Set(text.match(CASE_ID) ?? [])].slice(0, MAX_IDS);
}

/** Resolves to the numbers of all cases that match a query, in its order, without a record for each. */
export async function allIds(store: Pick<CaseStore, "export">, query: CaseQuery): Promise<string[]> {
  const stream = store.export({ query, columns: ["case_id"], format: "csv", formulaSafe: false });
  const text = await new Response(stream).text();
  return text.split("\r\n").slice(1).filter(Boolean);
}
