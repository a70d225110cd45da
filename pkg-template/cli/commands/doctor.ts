// `cisco-support-case doctor`: whether an account works, and whether the service behaves as this package assumes.
//
// It only reads. Its report has verdicts, codes and names of fields, and neither secrets nor ids, names or texts of cases.

import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { addConnectionOptions, type ConnectionOptions, connect, readSide, type SideKind } from "../connection.js";
import type { CommandContext, CommandRunner } from "../context.js";
import { errorText, Inspector, memberOf, casesOf, type RawResponse } from "../doctor/inspector.js";
import { isExpected, PROBE_REQUESTS, PROBES, type ProbeAnswer, type ProbeContext } from "../doctor/probes.js";
import { escapeLine } from "../escape.js";
import { UsageError } from "../exit-codes.js";
import { checkReplaceable, replaceFile } from "../files.js";
import { checkAllCases, isCaseApiError } from "../library.js";
import { readCount } from "../option-values.js";
import { packageVersion } from "../package-version.js";
import { proxyFor } from "../proxy.js";
import { padText } from "../text-width.js";
import { durationText } from "../progress.js";

interface DoctorOptions extends ConnectionOptions {
  readonly contract?: string;
  readonly report?: string;
  readonly maxRequests?: number;
  readonly json?: boolean;
}

/** A verdict. `differs`: the service gives another answer than this package expects. */
type Verdict = "ok" | "note" | "warning" | "failed" | "differs" | "unknown" | "skipped";

/** The result of a step. */
interface StepResult {
  readonly step: string;
  readonly verdict: Verdict;
  readonly text: string;
  /** Advice for the user; `""` for none. */
  readonly advice: string;
}

/** Requests without the probes: the token, the four calls, and the page that the probes use. */
const CHECK_REQUESTS = 6;
const SKEW_MS = 120_000;
const DAY_MS = 86_400_000;

/** Adds the command. */
export function addDoctorCommand(program: Command, run: CommandRunner): void {
  const command = program
    .command("doctor")
    .summary("check an account, and what this package assumes of the service")
    .description(
      "Checks the environment, the token, the four calls and the permissions. With --contract it also asks the service what its " +
        "documentation leaves open. It only reads.",
    )
    .optionsGroup("Checks:")
    .option("--contract <id>", "a contract with cases, for the calls and the questions")
    .option(
      "--max-requests <number>",
      `requests at most (default ${CHECK_REQUESTS + PROBE_REQUESTS})`,
      readCount(1, 1000),
    )
    .optionsGroup("Output:")
    .option("--report <file>", "write a report without secrets and personal data, as JSON")
    .option("--json", "the report on standard output");
  addConnectionOptions(command).addHelpText(
    "after",
    `
Verdicts: ok, note, warning, failed, skipped; of questions: ok (the expected answer), differs (another one), unknown (the cases
of this contract do not tell). Exit code 8 if a check failed, 9 if an answer differs.

Examples:
  cisco-support-case doctor
  cisco-support-case doctor --contract 123456 --report doctor.json
  cisco-support-case doctor --sandbox`,
  );
  command.action(run((context, options) => runDoctor(options as DoctorOptions, context)));
}

/** Surroundings of the steps. */
interface Examination {
  readonly context: CommandContext;
  readonly options: DoctorOptions;
  readonly inspector: Inspector;
  readonly add: (step: string, verdict: Verdict, text: string, advice?: string) => void;
}

async function runDoctor(options: DoctorOptions, context: CommandContext): Promise<void> {
  const maxRequests = options.maxRequests ?? CHECK_REQUESTS + PROBE_REQUESTS;
  const results: StepResult[] = [];
  const show = (result: StepResult) => {
    results.push(result);
    if (!options.json) void context.output.write(lineOf(result, context));
  };
  const add: Examination["add"] = (step, verdict, text, advice = "") => show({ step, verdict, text, advice });
  const problems =
    options.contract === undefined ? [] : checkAllCases({ contract_ids: [options.contract], status_flag: "O" });
  if (problems.length > 0) throw new UsageError(`--contract: ${problems.map(({ message }) => message).join("; ")}`);
  if (options.report) await checkReplaceable(options.report, "--report");
  checkEnvironment(options, context, add);
  const side = await openSide(options, context, maxRequests);
  const examination: Examination = { context, options, inspector: side.inspector, add };
  context.note(`At most ${maxRequests} requests to ${side.baseUrl}.`);
  const headers = await checkToken(side, examination);
  try {
    if (headers) await checkService(side, headers, examination);
  } catch (error) {
    context.signal.throwIfAborted();
    add("service", "failed", `No response: ${messageOf(error)}`, "Check the network, the proxy and the address.");
  }
  const sent = side.inspector.sent;
  const report = {
    version: packageVersion(),
    node: process.version,
    platform: process.platform,
    side: side.kind,
    requests: sent,
    results: results.map(({ step, verdict, text, advice }) => ({ step, verdict, text, advice })),
  };
  if (options.report) await replaceFile(options.report, `${JSON.stringify(report, null, 2)}\n`);
  if (options.json) await context.output.write(`${JSON.stringify(report, null, 2)}\n`);
  context.note(`${sent} requests.${options.report ? ` Report: ${options.report}` : ""}`);
  if (results.some(({ verdict }) => verdict === "failed")) context.exitWith(8);
  else if (results.some(({ verdict }) => verdict === "differs")) context.exitWith(9);
}

const STYLE = {
  ok: "green",
  note: "dim",
  warning: "yellow",
  failed: "red",
  differs: "yellow",
  unknown: "dim",
  skipped: "dim",
} as const;

function lineOf({ step, verdict, text, advice }: StepResult, { output }: CommandContext): string {
  const mark = output.style(STYLE[verdict], padText(verdict, 8));
  const more = advice && verdict !== "ok" ? `${" ".repeat(9)}${escapeLine(advice)}\n` : "";
  return `${mark} ${escapeLine(step)}: ${escapeLine(text)}\n${more}`;
}

function checkEnvironment(options: DoctorOptions, { environment }: CommandContext, add: Examination["add"]): void {
  const path = realpathSync(fileURLToPath(import.meta.url));
  add("package", "note", `version ${packageVersion()} on ${process.platform}, Node ${process.version}`);
  add("program", "note", path.replace(environment["HOME"] ?? "\0", "~"));
  const { kind, baseUrl = DEFAULT_BASE } = readSide(options, environment);
  if (kind === "sandbox") return;
  const hosts = new Map<string, URL>();
  const tokenUrls = kind === "gateway" ? [] : [options.tokenUrl ?? environment["CISCO_TOKEN_URL"] ?? DEFAULT_TOKEN_URL];
  for (const address of [baseUrl, ...tokenUrls]) {
    if (URL.canParse(address)) hosts.set(new URL(address).host, new URL(address));
  }
  for (const [host, url] of hosts) add("proxy", "note", `${host}: ${proxyFor(url, environment) ?? "none"}`);
}

/** The examined side: the service, a gateway or a sandbox. */
interface Side {
  readonly kind: SideKind;
  readonly baseUrl: string;
  readonly inspector: Inspector;
  /** The contract that is used without `--contract`. */
  readonly contract_id: string | undefined;
  /** Returns the token; its request counts. */
  readonly token: () => Promise<{ token: string; response?: RawResponse }>;
}

const DEFAULT_BASE = "https://apix.cisco.com/case/v3";
const DEFAULT_TOKEN_URL = "https://id.cisco.com/oauth2/default/v1/token";

async function openSide(options: DoctorOptions, context: CommandContext, maxRequests: number): Promise<Side> {
  const { kind, baseUrl = DEFAULT_BASE, fetch, authentication, contract_ids } = await connect(options, context);
  const inspector = new Inspector({
    fetch: fetch ?? ((url, init) => globalThis.fetch(url, init)),
    signal: context.signal,
    maxRequests,
    isPaced: kind !== "sandbox",
  });
  const contract_id = options.contract ?? contract_ids?.[0];
  const token = async () => {
    if (!authentication?.credentials) {
      const reply =
        typeof authentication?.token === "function" ? await authentication.token() : (authentication?.token ?? "");
      return { token: typeof reply === "string" ? reply : reply.access_token };
    }
    const { clientId = "", clientSecret = "", tokenUrl = DEFAULT_TOKEN_URL } = authentication.credentials;
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
    });
    const response = await inspector.send(tokenUrl, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: body.toString(),
    });
    return { token: String(memberOf(response.json, "access_token") ?? ""), response };
  };
  return { kind, baseUrl: baseUrl.replace(/\/+$/, ""), inspector, contract_id, token };
}

/** Checks the token and the clock. Returns the headers for requests; `undefined` without a token. */
async function checkToken({ token, kind }: Side, { add }: Examination): Promise<Record<string, string> | undefined> {
  try {
    const { token: text, response } = await token();
    if (response) {
      if (response.status !== 200 || text === "") {
        const advice =
          response.status === 401
            ? "Check the client id and secret, and that the application has the Case API with the grant client credentials."
            : "Check --token-url.";
        add("token endpoint", "failed", `${errorText(response)}, ${Math.round(response.ms)} ms`, advice);
        return undefined;
      }
      const lifetime = memberOf(response.json, "expires_in");
      const isUsual = typeof lifetime === "number" && lifetime >= 60;
      add(
        "token endpoint",
        isUsual ? "ok" : "warning",
        `a token for ${String(lifetime ?? "?")} s, ${Math.round(response.ms)} ms`,
        "Without expires_in of at least a minute, a token is requested often.",
      );
      checkClock(response, add);
    } else {
      add("token", text === "" && kind === "service" ? "failed" : "ok", text === "" ? "none" : "given, not requested");
    }
    return { Accept: "application/json", ...(text !== "" && { Authorization: `Bearer ${text}` }) };
  } catch (error) {
    add("token endpoint", "failed", messageOf(error), "Check the network, the proxy and --token-url.");
    return undefined;
  }
}

function checkClock(response: RawResponse, add: Examination["add"]): void {
  const date = Date.parse(response.headers.get("date") ?? "");
  if (Number.isNaN(date)) return;
  const skew = Date.now() - date;
  const text = `${Math.abs(skew) < 1500 ? "agrees" : `${durationText(Math.abs(skew))} ${skew > 0 ? "ahead of" : "behind"}`} the server's`;
  add(
    "clock",
    Math.abs(skew) < SKEW_MS ? "ok" : "warning",
    text,
    "Set the clock: tokens and date ranges depend on it.",
  );
}

async function checkService(side: Side, headers: Record<string, string>, examination: Examination): Promise<void> {
  const { add, inspector } = examination;
  const { baseUrl, contract_id } = side;
  const unknown = `${baseUrl}/cases/case_ids/100000001`;
  const first = await inspector.send(unknown, { headers });
  const reached = casesOf(first) !== undefined || /NOT_?FOUND/i.test(errorText(first));
  const advice =
    first.status === 401 || first.status === 403
      ? "The token was not accepted for the Case API: check that the application is registered for it, and its approval."
      : "See the table of errors in the guide.";
  add(
    "caseSummary",
    reached ? "ok" : "failed",
    `${reached ? "reached" : errorText(first)}, ${Math.round(first.ms)} ms`,
    advice,
  );
  const date = Date.parse(first.headers.get("date") ?? "");
  const limits = [...first.headers].filter(([name]) => /ratelimit|quota|retry-after|plan/i.test(name));
  add("rate-limit headers", "note", limits.map(([name, value]) => `${name}: ${value}`).join(", ") || "none");
  if (!reached) return;
  if (contract_id === undefined) {
    add(
      "casesByContract",
      "skipped",
      "no contract",
      "Give --contract ID, for this call, caseDetails and the questions.",
    );
    return;
  }
  const now = Number.isNaN(date) ? Date.now() : date;
  const window = `date_created_from=${isoSecond(now - 90 * DAY_MS)}&date_created_to=${isoSecond(now)}`;
  const recent = await inspector.send(
    `${baseUrl}/cases/contracts/contract_ids/${encodeURIComponent(contract_id)}?${window}`,
    { headers },
  );
  const cases = casesOf(recent);
  if (!cases) {
    add(
      "casesByContract",
      "failed",
      `${errorText(recent)}, ${Math.round(recent.ms)} ms`,
      "The account must be entitled to the contract: check the number, and the Cisco account behind the client id.",
    );
    return;
  }
  add(
    "casesByContract",
    "ok",
    `${cases.length} cases on the first page of the last 90 days, ${Math.round(recent.ms)} ms`,
  );
  const case_id = cases.map((record) => record["case_id"]).find((id) => typeof id === "string");
  await checkCalls(
    side,
    headers,
    { case_id, user_id: cases.map((record) => record["user_id"]).find((id) => typeof id === "string" && id !== "") },
    examination,
  );
  if (side.kind === "gateway") {
    add(
      "questions",
      "skipped",
      "a gateway answers for itself",
      "Run this command with credentials to ask the service.",
    );
    return;
  }
  await askProbes(
    {
      inspector,
      baseUrl,
      headers,
      contract_id,
      case_id: typeof case_id === "string" ? case_id : undefined,
      now,
      recent,
    },
    examination,
  );
}

const isoSecond = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** Checks the two calls that need ids of a case. */
async function checkCalls(
  { baseUrl }: Side,
  headers: Record<string, string>,
  { case_id, user_id }: { case_id: unknown; user_id: unknown },
  { add, inspector }: Examination,
): Promise<void> {
  if (typeof case_id !== "string") add("caseDetails", "skipped", "the contract has no case of the last 90 days");
  else {
    const details = await inspector.send(`${baseUrl}/cases/details/case_id/${encodeURIComponent(case_id)}`, {
      headers,
    });
    const detail = memberOf(details.json, "caseDetail");
    const notes = memberOf(detail, "notes");
    add(
      "caseDetails",
      detail ? "ok" : "failed",
      `${detail ? `${Array.isArray(notes) ? notes.length : 0} notes` : errorText(details)}, ${Math.round(details.ms)} ms`,
      "The account sees the contract's list, but not the details of its cases.",
    );
  }
  if (typeof user_id !== "string") return add("casesByUser", "skipped", "no case of the contract names a user");
  const users = await inspector.send(`${baseUrl}/cases/users/user_ids/${encodeURIComponent(user_id)}`, { headers });
  add(
    "casesByUser",
    casesOf(users) ? "ok" : "warning",
    `${casesOf(users) ? "reached" : errorText(users)}, ${Math.round(users.ms)} ms`,
    "Read by contract instead.",
  );
}

/** Asks what the documentation leaves open. */
async function askProbes(context: ProbeContext, { add, inspector }: Examination): Promise<void> {
  for (const probe of PROBES) {
    const { id, question, expected, otherwise, requests } = probe;
    if (requests > inspector.left) {
      add(id, "skipped", question, `It takes ${requests} requests; raise --max-requests.`);
      continue;
    }
    let answer: ProbeAnswer;
    try {
      answer = await probe.ask(context);
    } catch (error) {
      context.inspector.throwIfAborted();
      add(id, "failed", `${question} No response: ${messageOf(error)}`, "Run this command again.");
      continue;
    }
    const detail = answer.detail ? ` (${answer.detail})` : "";
    if (answer.answer === null) add(id, "unknown", `${question} The cases of this contract do not tell.`);
    else if (isExpected(probe, answer)) add(id, "ok", `${question} ${answer.answer}${detail}`);
    else add(id, "differs", `${question} ${answer.answer}${detail}; expected: ${expected}`, otherwise);
  }
}

function messageOf(error: unknown): string {
  if (isCaseApiError(error)) return error.message;
  const { message, cause } = Object(error) as { message?: string; cause?: { code?: string; message?: string } };
  return [message, cause?.code ?? cause?.message].filter(Boolean).join(": ");
}
