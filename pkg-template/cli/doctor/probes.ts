// What nobody has said in public about the service: one table of questions, each with the answer that this package expects.
// The guide's page of the service ("Open questions") is the prose of it.

import { casesOf, errorText, type Inspector, paginationOf, type RawResponse, shapeOf } from "./inspector.js";

/** Surroundings of a probe. */
export interface ProbeContext {
  readonly inspector: Inspector;
  /** The address of the service without a slash at its end. */
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly contract_id: string;
  /** A case of the contract; `undefined` if it has none. */
  readonly case_id: string | undefined;
  /** The time of the service in milliseconds since 1970. */
  readonly now: number;
  /** The page of the contract's cases of the last 90 days, which is read in any case. */
  readonly recent: RawResponse;
}

/** The answer of the service. */
export interface ProbeAnswer {
  /** One of the probe's answers, or another text if it is none of them. `null`: this account's cases do not tell. */
  readonly answer: string | null;
  /** Facts for the report, without personal data. */
  readonly detail?: string;
}

/** A question to the service. */
export interface Probe {
  readonly id: string;
  readonly question: string;
  /** The answer that the client and the sandbox rely on. */
  readonly expected: string;
  /** Consequence of another answer, and advice. */
  readonly otherwise: string;
  /** The maximum number of requests. */
  readonly requests: number;
  readonly ask: (context: ProbeContext) => Promise<ProbeAnswer>;
}

const DAY_MS = 86_400_000;

/** An id that no case has: case numbers of nine digits begin with 6 or 7. */
const UNKNOWN_CASE = "100000001";

/** An origin of nobody. */
const ORIGIN = "https://portal.example";

const instant = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

function contractUrl({ baseUrl, contract_id }: ProbeContext, query: Readonly<Record<string, string | number>>): string {
  const text = Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
  return `${baseUrl}/cases/contracts/contract_ids/${encodeURIComponent(contract_id)}${text ? `?${text}` : ""}`;
}

const ask = (context: ProbeContext, query: Readonly<Record<string, string | number>>) =>
  context.inspector.send(contractUrl(context, query), { headers: { ...context.headers } });

/** Describes a page: with records, without any, or an error. */
const kindOfPage = (response: RawResponse): string => {
  const cases = casesOf(response);
  if (!cases) return `error ${errorText(response)}`;
  return cases.length > 0 ? "cases" : "no cases";
};

const dateOf = (record: Readonly<Record<string, unknown>>, name: string): number =>
  Date.parse(String(record[name] ?? ""));

/** The probes, in the order in which they are made. */
export const PROBES: readonly Probe[] = [
  {
    id: "page_past_last",
    question: "What is the page after the last one?",
    expected: "no cases",
    otherwise: "Iteration asks for existing pages only; a loop of your own must stop at last_index.",
    requests: 1,
    ask: async (context) => {
      const last = paginationOf(context.recent, "last_index");
      if (last === undefined) return { answer: null };
      const window = { date_created_from: instant(context.now - 90 * DAY_MS), date_created_to: instant(context.now) };
      const page = await ask(context, { ...window, page_index: last + 1 });
      return { answer: kindOfPage(page), detail: `page_index ${last + 1}` };
    },
  },
  {
    id: "unknown_case_among_known",
    question: "What happens to an unknown case id beside a known one?",
    expected: "left out",
    otherwise: "Bulk reads split a rejected batch until the id is alone, which takes more requests.",
    requests: 1,
    ask: async ({ inspector, baseUrl, headers, case_id }) => {
      if (case_id === undefined) return { answer: null };
      const url = `${baseUrl}/cases/case_ids/${encodeURIComponent(case_id)},${UNKNOWN_CASE}`;
      const response = await inspector.send(url, { headers: { ...headers } });
      const cases = casesOf(response);
      if (!cases) return { answer: `error ${errorText(response)}` };
      const ids = cases.map((record) => record["case_id"]);
      return { answer: ids.includes(UNKNOWN_CASE) ? "returned" : ids.includes(case_id) ? "left out" : "both left out" };
    },
  },
  {
    id: "unknown_case_alone",
    question: "What is the answer to an unknown case id alone?",
    expected: "CASE_NOTFOUND",
    otherwise: "A missing case is then reported with another code or as an empty result.",
    requests: 1,
    ask: async ({ inspector, baseUrl, headers }) => {
      const response = await inspector.send(`${baseUrl}/cases/case_ids/${UNKNOWN_CASE}`, { headers: { ...headers } });
      if (casesOf(response)) return { answer: kindOfPage(response) };
      const text = errorText(response);
      return { answer: /CASE_?NOT_?FOUND/i.test(text) ? "CASE_NOTFOUND" : `error ${text}`, detail: text };
    },
  },
  {
    id: "ninety_days",
    question: "Is a range of exactly 90 days allowed?",
    expected: "allowed",
    otherwise: "Bulk reads use windows of 90 days: report this, they must become shorter.",
    requests: 1,
    ask: async (context) => {
      const to = context.now - DAY_MS;
      const page = await ask(context, { date_created_from: instant(to - 90 * DAY_MS), date_created_to: instant(to) });
      return { answer: casesOf(page) ? "allowed" : `error ${errorText(page)}` };
    },
  },
  {
    id: "ninety_days_and_a_second",
    question: "Is a range of 90 days and a second rejected?",
    expected: "INVALID_DATERANGE",
    otherwise: "If it is allowed, longer windows would save requests.",
    requests: 1,
    ask: async (context) => {
      const to = context.now - DAY_MS;
      const from = to - 90 * DAY_MS - 1000;
      const page = await ask(context, { date_created_from: instant(from), date_created_to: instant(to) });
      if (casesOf(page)) return { answer: "allowed" };
      const text = errorText(page);
      return { answer: /DATE_?RANGE/i.test(text) ? "INVALID_DATERANGE" : `error ${text}`, detail: text };
    },
  },
  {
    id: "whole_seconds",
    question: "Are cases created at whole seconds?",
    expected: "yes",
    otherwise: "Dates are sent in whole seconds: report this, a case of the last second of a range can be missed.",
    requests: 0,
    ask: async ({ recent }) => {
      const dates = (casesOf(recent) ?? []).map((record) => dateOf(record, "creation_date")).filter(Number.isFinite);
      if (dates.length === 0) return { answer: null };
      return { answer: dates.every((date) => date % 1000 === 0) ? "yes" : "no" };
    },
  },
  {
    id: "from_alone",
    question: "Is date_created_from allowed alone?",
    expected: "allowed",
    otherwise: "Always send both dates.",
    requests: 1,
    ask: async (context) => {
      const page = await ask(context, { date_created_from: instant(context.now - 30 * DAY_MS) });
      return { answer: casesOf(page) ? "allowed" : `error ${errorText(page)}` };
    },
  },
  {
    id: "to_alone",
    question: "Is date_created_to allowed alone?",
    expected: "allowed",
    otherwise: "Always send both dates.",
    requests: 1,
    ask: async (context) => {
      const page = await ask(context, { date_created_to: instant(context.now - DAY_MS) });
      return { answer: casesOf(page) ? "allowed" : `error ${errorText(page)}` };
    },
  },
  {
    id: "open_without_dates",
    question: "Do open cases without dates include those created more than 90 days ago?",
    expected: "all open cases",
    otherwise: 'Pass range: "windows" to bulk reads of open cases.',
    requests: 2,
    ask: async (context) => {
      const page = await ask(context, { status_flag: "O" });
      if (!casesOf(page)) return { answer: `error ${errorText(page)}` };
      const limit = context.now - 90 * DAY_MS;
      const isOld = (response: RawResponse) =>
        (casesOf(response) ?? []).some((record) => dateOf(record, "creation_date") < limit);
      if (isOld(page)) return { answer: "all open cases" };
      // The window before the last 90 days tells whether there is an open case that is missing.
      const before = {
        date_created_from: instant(limit - 90 * DAY_MS),
        date_created_to: instant(limit),
        status_flag: "O",
      };
      const older = await ask(context, before);
      if (!casesOf(older)) return { answer: `error ${errorText(older)}` };
      return (casesOf(older) ?? []).length > 0 ? { answer: "the last 90 days only" } : { answer: null };
    },
  },
  {
    id: "order",
    question: "In which order are lists without sort_by?",
    expected: "updated_date ascending",
    otherwise: "Complete reading relies on this order: report it, cases can be missed.",
    requests: 0,
    ask: async ({ recent }) => {
      const dates = (casesOf(recent) ?? []).map((record) => dateOf(record, "updated_date"));
      if (dates.length < 3 || dates.some(Number.isNaN)) return { answer: null };
      const rises = dates.slice(1).map((date, index) => date - (dates[index] ?? 0));
      if (rises.every((rise) => rise >= 0))
        return { answer: rises.some((rise) => rise > 0) ? "updated_date ascending" : null };
      return { answer: rises.every((rise) => rise <= 0) ? "updated_date descending" : "another order" };
    },
  },
  {
    id: "page_size",
    question: "How many cases has a full page?",
    expected: "100",
    otherwise: "Page arithmetic assumes 100.",
    requests: 0,
    ask: async ({ recent }) => {
      const last = paginationOf(recent, "last_index");
      if (last === undefined || last < 2) return { answer: null };
      return { answer: String((casesOf(recent) ?? []).length) };
    },
  },
  {
    id: "error_body",
    question: "Is the body of an error in a known form?",
    expected: "known",
    otherwise: "Please report the shape, so that its code can be read.",
    requests: 1,
    ask: async (context) => {
      const response = await ask(context, { status_flag: "X" });
      if (casesOf(response)) return { answer: "no error" };
      const shape = response.json ? shapeOf(response.json) : /<h1>/i.test(response.body) ? "<h1>" : "text";
      const isKnown = /^(\{ErrorResponse:\{APIError:\[|\{APIError:\{Error:\[|\{EOXError:\{|\{errorCode|<h1>)/.test(
        shape,
      );
      const type = response.headers.get("content-type")?.split(";")[0] ?? "no content type";
      return {
        answer: isKnown ? "known" : "unknown",
        detail: `${errorText(response)}, ${type}, ${shape}`.slice(0, 300),
      };
    },
  },
  {
    id: "cors",
    question: "May a page of another origin call the service?",
    expected: "no",
    otherwise: "The gateway is still needed: the client secret must not be in a page.",
    requests: 1,
    ask: async ({ inspector, baseUrl, headers }) => {
      const url = `${baseUrl}/cases/case_ids/${UNKNOWN_CASE}`;
      const response = await inspector.send(url, { headers: { ...headers, Origin: ORIGIN } });
      const allowed = response.headers.get("access-control-allow-origin");
      return {
        answer: allowed === "*" || allowed === ORIGIN ? "yes" : "no",
        detail: `access-control-allow-origin: ${allowed ?? "absent"}`,
      };
    },
  },
  {
    id: "severity",
    question: "How is the severity of a case written?",
    expected: "a text",
    otherwise: "Both are read.",
    requests: 0,
    ask: async ({ recent }) => {
      const types = new Set((casesOf(recent) ?? []).map((record) => typeof record["severity"]));
      if (types.size === 0) return { answer: null };
      if (types.size > 1) return { answer: "mixed" };
      return { answer: types.has("string") ? "a text" : types.has("number") ? "a number" : "something else" };
    },
  },
  {
    id: "unknown_fields",
    question: "Do records have fields that are not documented?",
    expected: "no",
    otherwise: "They are in `extra` of the records.",
    requests: 0,
    ask: async ({ recent }) => {
      const names = new Set((casesOf(recent) ?? []).flatMap((record) => Object.keys(record)));
      if (names.size === 0) return { answer: null };
      const unknown = [...names].filter((name) => !DOCUMENTED.includes(name)).sort();
      return unknown.length > 0 ? { answer: "yes", detail: unknown.join(", ").slice(0, 300) } : { answer: "no" };
    },
  },
];

/** The fields of a record in a list. (Case API v3, "GET Cases by Contract ID", response.) */
const DOCUMENTED = [
  "item_entry_id",
  "user_id",
  "case_id",
  "title",
  "severity",
  "contact_name",
  "status_flag",
  "status",
  "creation_date",
  "updated_date",
  "serial_number",
  "contract_id",
  "technology_name",
  "sub_technology_name",
  "rmas",
  "bugs",
];

/** Whether an answer is the expected one. */
export const isExpected = ({ expected }: Probe, { answer }: ProbeAnswer): boolean => answer === expected;

/** The maximum number of requests of all probes. */
export const PROBE_REQUESTS = PROBES.reduce((sum, { requests }) => sum + requests, 0);
