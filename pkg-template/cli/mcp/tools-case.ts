// The tools about one case, ids and errors, and about the server itself.

import { checkCaseSummary, explainError, isCaseApiError, parseIds } from "../library.js";
import { VARIABLES } from "../credentials.js";
import { UsageError } from "../exit-codes.js";
import { pastedCaseIds } from "../option-values.js";
import { type CaseReading, notePiece, readDetail, readingOf } from "./case-details.js";
import { CASE_ROW, caseRow } from "./case-lists.js";
import { DETAIL_FIELDS } from "./table-schemas.js";
import { rowTokens } from "./token-budget.js";
import { PAGE_PROPERTIES, takeRows, type Tool, type ToolCall, toolResult } from "./tool.js";
import { listSchema, objectSchema, simpleSchema } from "./tool-schema.js";
import { visibleText } from "./untrusted-text.js";

interface ReadArguments {
  readonly case_id?: string;
  readonly order?: "newest_first" | "oldest_first";
  readonly notes?: boolean;
  readonly cursor?: string;
}

export const readCase: Tool<ReadArguments> = {
  name: "read_case",
  title: "Read a case",
  description:
    "Returns the details of one case and its notes, the newest first. Long cases come in pieces: next_cursor continues, also " +
    "within a long note. Asks the service once for each case.",
  input: objectSchema({
    case_id: simpleSchema("string", "Case number: digits, as text.", { maxLength: 64 }),
    notes: simpleSchema("boolean", "Whether to return notes; default true."),
    order: simpleSchema("string", "Order of the notes; default newest_first.", {
      enum: ["newest_first", "oldest_first"],
    }),
    cursor: simpleSchema("string", "next_cursor of the result before; the other arguments then do not count."),
  }),
  output: objectSchema(
    {
      case: {
        ...objectSchema(
          DETAIL_FIELDS,
          [],
          "Fields of the case, in the first piece. Fields without a value are absent.",
        ),
        additionalProperties: true,
      },
      is_open: simpleSchema("boolean", "Whether the case is open."),
      notes_total: simpleSchema("integer", "Number of notes."),
      notes: listSchema(
        objectSchema(
          {
            note: simpleSchema("integer", "Position of the note in this order, from 1."),
            created: simpleSchema("string", "Creation date, RFC 3339."),
            created_by: simpleSchema("string", "Author."),
            subject: simpleSchema("string", "Short description."),
            part: simpleSchema("string", "Part of the text, if it is not the whole."),
            text: simpleSchema("string", "Text of the note."),
          },
          ["note", "text"],
          "A note.",
        ),
        "The notes of this piece.",
      ),
      ...PAGE_PROPERTIES,
    },
    ["is_open", "notes_total", "notes"],
  ),
  isOpenWorld: true,
  async call({ args, serving, principal, context }) {
    const { case_id, cursor, order, notes: wantsNotes = true } = args;
    let reading: CaseReading;
    let id: string | undefined;
    let from = { note: 0, at: 0 };
    if (cursor === undefined) {
      if (!case_id) throw new UsageError("case_id: missing");
      reading = readingOf(await readDetail(case_id, serving, principal, context), order === "oldest_first");
    } else {
      const found = serving.cursors.read<CaseReading>(this.name, principal.key, cursor);
      ({ id, list: reading } = found);
      const [note = 0, at = 0] = found.position.split(":").map(Number);
      from = { note, at };
    }
    const isFirst = cursor === undefined;
    const piece = wantsNotes
      ? notePiece(reading.notes, from, isFirst ? rowTokens(reading.case) : 0)
      : { rows: [], next: undefined };
    id ??= piece.next && serving.cursors.remember(this.name, principal.key, reading);
    const nextCursor = id && piece.next && serving.cursors.cursor(id, `${piece.next.note}:${piece.next.at}`);
    const head = [
      `The case is ${reading.is_open ? "open" : "closed"} and has ${reading.notes.length} notes; ${piece.rows.length} are here.`,
    ];
    const common = { is_open: reading.is_open, notes_total: reading.notes.length };
    const text = toolResult(
      { head, name: "notes", rows: [...(isFirst ? [reading.case] : []), ...piece.rows], more: {}, nextCursor },
      this.name,
    );
    const structured = toolResult(
      {
        head: [],
        name: "notes",
        rows: piece.rows,
        more: { ...common, ...(isFirst && { case: reading.case }) },
        nextCursor,
      },
      this.name,
    );
    return { ...structured, content: text.content };
  },
};

/** The ids of one call of check_ids. */
const MAX_IDS = 300;

interface CheckArguments {
  readonly ids?: readonly string[];
  readonly text?: string;
  readonly look_up?: boolean;
  readonly cursor?: string;
}

/** The checked ids that a cursor continues. */
interface CheckedIds {
  readonly head: string;
  readonly rows: readonly object[];
}

const VERDICTS = ["found", "not_found", "invalid", "valid", "failed"];

export const checkIds: Tool<CheckArguments> = {
  name: "check_ids",
  title: "Check case numbers",
  description:
    "Takes case numbers, also from pasted text, and says for each whether it is valid by the documented rules and whether the " +
    "account can see the case (one request for 30 numbers). Returns a summary of each case that was found, of any contract.",
  input: objectSchema({
    ids: listSchema(simpleSchema("string", "A case number."), "Case numbers.", MAX_IDS),
    text: simpleSchema(
      "string",
      "Text that contains case numbers, such as a mail. Words without a digit are left out.",
      {
        maxLength: 20_000,
      },
    ),
    look_up: simpleSchema("boolean", "Whether to ask the service; default true."),
    cursor: simpleSchema("string", "next_cursor of the result before; the other arguments then do not count."),
  }),
  output: objectSchema(
    {
      results: listSchema(
        {
          ...CASE_ROW,
          properties: {
            verdict: simpleSchema("string", "found, not_found, invalid, valid (not looked up), or failed.", {
              enum: VERDICTS,
            }),
            reason: simpleSchema("string", "What is wrong with the number, or why it could not be looked up."),
            ...CASE_ROW.properties,
          },
          required: ["case_id", "verdict"],
        },
        "The numbers in the given order, each once, with the fields of the case.",
      ),
      ...PAGE_PROPERTIES,
    },
    ["results"],
  ),
  isOpenWorld: true,
  async call(call) {
    const { args, serving, principal } = call;
    const { cursor } = args;
    const { id, list, position } =
      cursor === undefined
        ? { id: undefined, list: await checkedIds(call), position: "0" }
        : serving.cursors.read<CheckedIds>(this.name, principal.key, cursor);
    const { rows, next } = await takeRows(list.rows, Number(position), MAX_IDS, async (some) => some);
    const isEnd = next >= list.rows.length;
    const listId = id ?? (isEnd ? "" : serving.cursors.remember(this.name, principal.key, list));
    const nextCursor = isEnd ? undefined : serving.cursors.cursor(listId, String(next));
    return toolResult({ head: [list.head], name: "results", rows, more: {}, nextCursor }, this.name);
  },
};

/** Checks ids by the rules, and looks the valid ones up. */
async function checkedIds({ args, serving, principal, context }: ToolCall<CheckArguments>): Promise<CheckedIds> {
  const { ids = [], text = "", look_up = true } = args;
  const case_ids = [...new Set([...ids.flatMap((id) => parseIds(id)), ...pastedCaseIds(text)])];
  if (case_ids.length === 0) throw new UsageError("ids: expected at least one case number, in ids or text");
  if (case_ids.length > MAX_IDS) {
    throw new UsageError(`ids: expected at most ${MAX_IDS} case numbers, got ${case_ids.length}`);
  }
  const invalid = new Map<string, string>();
  for (const id of case_ids) {
    const [problem] = checkCaseSummary({ case_ids: [id] });
    if (problem) invalid.set(id, problem.message);
  }
  const valid = case_ids.filter((id) => !invalid.has(id));
  const found = new Map<string, object>();
  const failed = new Map<string, string>();
  if (look_up && valid.length > 0) {
    const { token } = principal;
    const all = serving.client.allCases(
      { case_ids: valid },
      { signal: serving.signalOf(context), partial: true, ...(token !== undefined && { token }) },
    );
    const records = await all.toArray({ limit: MAX_IDS });
    const shown = await serving.presented(records);
    for (const [index, { case_id }] of records.entries()) found.set(case_id, shown[index] ?? {});
    for (const { ids: some, error } of all.failures) {
      if (error.kind === "not_found") continue;
      const [reason = ""] = await serving.presentedTexts([error.message]);
      for (const id of some) failed.set(id, reason);
    }
  }
  const rows = case_ids.map((case_id) => {
    const record = found.get(case_id);
    if (record) return { verdict: "found", ...caseRow(record) };
    const reason = invalid.get(case_id) ?? failed.get(case_id);
    if (reason !== undefined) return { case_id, verdict: invalid.has(case_id) ? "invalid" : "failed", reason };
    return { case_id, verdict: look_up ? "not_found" : "valid" };
  });
  const head = `${case_ids.length} numbers: ${found.size} found, ${invalid.size} invalid, ${failed.size} not looked up because of errors.`;
  return { head, rows };
}

interface ExplainArguments {
  readonly code: string;
  readonly status?: number;
}

export const explainErrorTool: Tool<ExplainArguments> = {
  name: "explain_error",
  title: "Explain an error",
  description:
    "Explains an error code or message of the Cisco Support Case API or of this package: what it means, what a user and what a " +
    "developer can do, and whether to try again. Sends no request.",
  input: objectSchema(
    {
      code: simpleSchema("string", "The code, or the text of the error.", { maxLength: 2000 }),
      status: simpleSchema("integer", "HTTP status, if it is known.", { minimum: 100, maximum: 599 }),
    },
    ["code"],
  ),
  output: objectSchema(
    {
      errors: listSchema(
        objectSchema(
          {
            code: simpleSchema("string", "Code of the error."),
            status: simpleSchema("integer", "HTTP status; 0 for errors of this package."),
            kind: simpleSchema("string", "Class of the error."),
            retryable: simpleSchema("boolean", "Whether the same request may succeed later."),
            meaning: simpleSchema("string", "What is wrong."),
            advice: simpleSchema("string", "What a user can do."),
            hint: simpleSchema("string", "What a developer can do; empty if nothing more."),
          },
          ["code", "status", "kind", "retryable", "meaning", "advice", "hint"],
          "An error.",
        ),
        "The errors with this code; none if it is not documented.",
      ),
    },
    ["errors"],
  ),
  isOpenWorld: false,
  async call({ args: { code, status } }) {
    const rows = explainError(code, status);
    const errors = rows.map(({ code, status, kind, retryable, meaning, advice, hint }) => ({
      code,
      status,
      kind,
      retryable,
      meaning,
      advice,
      hint,
    }));
    const lines = errors.map(
      (row) =>
        `${row.code} (${row.status || "no status"}, ${row.kind}, ${row.retryable ? "may succeed later" : "do not retry"}): ` +
        [row.meaning, row.advice, row.hint].filter(Boolean).join(" "),
    );
    const text = lines.length > 0 ? lines.join("\n") : "This code is not documented.";
    return { content: [{ type: "text", text }], structuredContent: { errors } };
  },
};

export const serverStatus: Tool<object> = {
  name: "server_status",
  title: "Status of this server",
  description:
    "Returns what this server reads from, which contracts or users it covers, what it holds, the rest of the quota, whether " +
    "personal data is replaced, and which environment variables it has seen (names only). Sends no request.",
  input: objectSchema({}),
  output: objectSchema(
    {
      version: simpleSchema("string", "Version of the package."),
      source: simpleSchema("string", "What it reads from.", { enum: ["service", "gateway", "sandbox"] }),
      created_from: simpleSchema("string", "First day of creation that is read by default."),
      contracts: simpleSchema("integer", "Number of contracts that are covered by default."),
      users: simpleSchema("integer", "Number of users that are covered by default."),
      redaction: simpleSchema("boolean", "Whether names, addresses, phone numbers and user ids are pseudonyms."),
      requests_left_today: simpleSchema(
        "integer",
        "Requests that the client may still send in 24 hours; absent without a limit.",
      ),
      variables: listSchema(simpleSchema("string", "A name."), "Environment variables that are set."),
      sets: listSchema(
        objectSchema(
          {
            contracts: simpleSchema("integer", "Number of contracts."),
            users: simpleSchema("integer", "Number of users."),
            created_from: simpleSchema("string", "First day of creation; absent for all open cases."),
            cases: simpleSchema("integer", "Number of cases."),
            as_of: simpleSchema("string", "Time of the last complete reading."),
          },
          ["cases"],
          "A set.",
        ),
        "Sets of cases that are held.",
      ),
    },
    ["version", "source", "redaction", "variables", "sets"],
  ),
  isOpenWorld: false,
  async call({ serving, principal }) {
    const { connection, target, from, environment, version } = serving.options;
    const contracts = target?.contract_ids?.length ?? (target ? undefined : connection.contract_ids?.length);
    const users = target?.user_ids?.length;
    const variables = VARIABLES.flatMap(([names]) => names.split(", ")).filter(
      (name) => environment[name] || environment[name.toLowerCase()],
    );
    const sets = (await serving.sets.of(principal.key)).map(({ params, store, freshness }) => ({
      ...(params.target.contract_ids && { contracts: params.target.contract_ids.length }),
      ...(params.target.user_ids && { users: params.target.user_ids.length }),
      ...(params.from !== undefined && { created_from: params.from }),
      cases: store.size,
      ...(freshness.asOf !== undefined && { as_of: freshness.asOf }),
    }));
    const { left } = serving.client.budget().day;
    const structuredContent = {
      version,
      source: connection.kind,
      created_from: from,
      ...(contracts !== undefined && { contracts }),
      ...(users !== undefined && { users }),
      redaction: serving.redaction !== undefined,
      ...(left !== null && { requests_left_today: left }),
      variables,
      sets,
    };
    return { content: [{ type: "text", text: visibleText(JSON.stringify(structuredContent)) }], structuredContent };
  },
};

/** Whether an error is that of a case that is not found. */
export const isNotFound = (error: unknown): boolean => isCaseApiError(error) && error.kind === "not_found";
