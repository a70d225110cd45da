// Pasted JSON, decoded as a response of the service is: its issues by path, and its records.

import {
  decodeCaseDetails,
  decodeCaseSummary,
  decodeCasesPage,
  type Issue,
  isCaseApiError,
  ready,
} from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";
import { describe } from "../run/describe.js";
import { tableOf, treeOf } from "../run/output.js";
import { byId, textOf } from "./page.js";

const DECODERS = { page: decodeCasesPage, summary: decodeCaseSummary, details: decodeCaseDetails };

/** A page of the sandbox with four mistakes: a severity, two dates and a list that is none. */
async function sample(): Promise<string> {
  const sandbox = await createSandbox({ cases: 100, seed: 1 });
  const [contract] = sandbox.info().contract_ids;
  const response = await sandbox.fetch(`${sandbox.baseUrl}/cases/contracts/contract_ids/${contract}`, {
    headers: { Authorization: "Bearer sandbox" },
  });
  const page = (await response.json()) as {
    pagination_response_record: Record<string, unknown>;
    cases: Record<string, unknown>[];
  };
  sandbox.free();
  page.cases.splice(2);
  Object.assign(page.pagination_response_record, { page_records: 2, total_records: 2 });
  const [first, second] = page.cases;
  Object.assign(first ?? {}, { severity: "9", creation_date: "yesterday" });
  Object.assign(second ?? {}, { updated_date: 5, bugs: "CSCxx00000" });
  return JSON.stringify(page, null, 2);
}

function show(body: string, kind: keyof typeof DECODERS): { text: string; parts: HTMLElement[] } {
  const result = DECODERS[kind](new TextEncoder().encode(body));
  const issues: readonly Issue[] = result.issues;
  const rows = issues.map(({ case_id, path, expected, value }) => [
    case_id,
    path,
    expected,
    value === undefined ? "missing" : JSON.stringify(value),
  ]);
  const parts = [treeOf(describe(result), "", true)];
  if (rows.length > 0) parts.unshift(tableOf(["case_id", "path", "expected", "value"], rows, "Table: issues"));
  return { text: `${rows.length} ${rows.length === 1 ? "issue" : "issues"}`, parts };
}

export async function setUpDecode(): Promise<void> {
  const form = byId("decode-form", HTMLFormElement);
  const body = byId("decode-body", HTMLTextAreaElement);
  const status = byId("decode-status", HTMLElement);
  const result = byId("decode-result", HTMLElement);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    try {
      const { text, parts } = show(body.value, textOf(form, "kind") as keyof typeof DECODERS);
      status.textContent = text;
      result.replaceChildren(...parts);
    } catch (error) {
      if (!isCaseApiError(error)) throw error;
      status.textContent = `${error.code}: ${error.message}`;
      result.replaceChildren();
    }
  });
  const [text] = await Promise.all([sample(), ready()]);
  body.value = text;
  form.inert = false;
}
