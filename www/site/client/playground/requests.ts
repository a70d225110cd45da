// The requests of a client to a sandbox, each with its waits, its result and the retry that follows.

import { CaseClient, type Hooks, isCaseApiError } from "cisco-support-case";
import { createSandbox, type FaultName } from "cisco-support-case/sandbox";
import { FAULTS } from "./faults.js";
import { byId, numberOf, option, textOf } from "./page.js";

const MAX_ROWS = 300;
const CONTRACTS = 8;

interface Row {
  cells: HTMLTableCellElement[];
}

/** The table of requests, filled by the client's hooks. */
class RequestLog {
  #body = byId("requests-log", HTMLTableElement).tBodies[0];
  #rows = new Map<string, Row>();
  /** The time at which a call began to wait, and the limit that it waits for. */
  #waits = new Map<number, { since: number; waitsFor: string }>();
  sent = 0;
  retries = 0;

  clear(): void {
    this.#body?.replaceChildren();
    this.#rows.clear();
    this.#waits.clear();
    this.sent = 0;
    this.retries = 0;
  }

  readonly hooks: Hooks = {
    onWait: ({ call, waitsFor }) => {
      if (!this.#waits.has(call)) this.#waits.set(call, { since: performance.now(), waitsFor });
    },
    onRequest: ({ call, operation, attempt, url }) => {
      this.sent += 1;
      const wait = this.#waits.get(call);
      this.#waits.delete(call);
      const waited = wait ? `${Math.round(performance.now() - wait.since)} ms, ${wait.waitsFor}` : "";
      this.#add(`${call}/${attempt}`, [`${call} ${operation}`, String(attempt), pathOf(url), waited, "…", "", ""]);
    },
    onResponse: ({ call, attempt, status, code, ms }) => {
      this.#set(`${call}/${attempt}`, 4, code ? `${status ?? "none"}, ${code}` : String(status), code !== null);
      this.#set(`${call}/${attempt}`, 5, `${ms} ms`);
    },
    onRetry: ({ call, attempt, waitMs }) => {
      this.retries += 1;
      this.#set(`${call}/${attempt - 1}`, 6, `retried after ${waitMs} ms`);
    },
  };

  #add(key: string, texts: string[]): void {
    if (!this.#body || this.#rows.size >= MAX_ROWS) return;
    const row = this.#body.insertRow();
    const cells = texts.map((text) => {
      const cell = row.insertCell();
      cell.textContent = text;
      return cell;
    });
    this.#rows.set(key, { cells });
  }

  #set(key: string, at: number, text: string, isError = false): void {
    const cell = this.#rows.get(key)?.cells[at];
    if (!cell) return;
    cell.textContent = text;
    if (isError) cell.className = "error";
  }
}

/** The last part of a request's address, with the page and the dates of a list. */
function pathOf(address: string): string {
  const { pathname, searchParams } = new URL(address);
  const days = ["date_created_from", "date_created_to"].map((name) => searchParams.get(name)?.slice(0, 10));
  const parts = [pathname.split("/case/v3/")[1] ?? pathname];
  if (days[0]) parts.push(days.join(" to "));
  if (searchParams.get("page_index")) parts.push(`page ${searchParams.get("page_index")}`);
  return parts.join(", ");
}

/** Shows the contracts of the sandbox that the form describes. */
async function showContracts(form: HTMLFormElement): Promise<void> {
  const sandbox = await createSandbox({ cases: numberOf(form, "cases"), seed: 1 });
  const ids = sandbox.info({ holders: CONTRACTS }).contract_ids;
  sandbox.free();
  const labels = ids.map((id, at) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "checkbox", name: "contract", value: id, checked: at < 2 });
    label.append(input, ` ${id}`);
    return label;
  });
  byId("contracts", HTMLElement).replaceChildren(...labels);
}

async function run(form: HTMLFormElement, what: string, log: RequestLog, signal: AbortSignal): Promise<string> {
  const sandbox = await createSandbox({
    cases: numberOf(form, "cases"),
    seed: 1,
    movesPerHour: numberOf(form, "movesPerHour"),
    msPerRequest: numberOf(form, "msPerRequest"),
  });
  const fault = textOf(form, "fault");
  const rate = numberOf(form, "rate") / 100;
  if (fault && rate > 0) sandbox.fault(fault as FaultName, { rate });
  const ms = numberOf(form, "latency");
  if (ms > 0) sandbox.fault("latency", { ms });
  const rateLimit = { perSecond: numberOf(form, "perSecond") };
  const client = new CaseClient({ ...sandbox.clientOptions, rateLimit, hooks: log.hooks });
  const contract_ids = new FormData(form).getAll("contract").map(String);
  const status = textOf(form, "status");
  const filter = status === "O" || status === "C" ? { status_flag: status as "O" | "C" } : {};
  try {
    if (what === "details") {
      const { case_id, title } = await client.caseDetails({ case_id: sandbox.info().case_ids[0] ?? "" }, { signal });
      return `Case ${case_id}: ${title}`;
    }
    const params = { contract_ids, ...filter };
    const cases = what === "all" ? client.allCases(params, { signal }) : client.casesByContract(params, { signal });
    const ids = new Set<string>();
    for await (const { case_id } of cases) ids.add(case_id);
    return `${ids.size} cases`;
  } catch (error) {
    if (isCaseApiError(error)) return `${error.kind}: ${error.message}`;
    throw error;
  } finally {
    sandbox.free();
  }
}

export async function setUpRequests(): Promise<void> {
  const form = byId("requests-form", HTMLFormElement);
  const status = byId("requests-status", HTMLElement);
  const stop = byId("requests-stop", HTMLButtonElement);
  const faults = Object.entries(FAULTS).map(([name, text]) => option(name, text));
  form.querySelector("select[name=fault]")?.append(option("", "none"), ...faults);
  const log = new RequestLog();
  let current = new AbortController();
  stop.addEventListener("click", () => current.abort());
  form.querySelector("input[name=cases]")?.addEventListener("change", () => void showContracts(form));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const what = event.submitter instanceof HTMLButtonElement ? event.submitter.value : "list";
    current.abort();
    const controller = new AbortController();
    current = controller;
    log.clear();
    stop.disabled = false;
    status.textContent = "Reading …";
    const start = performance.now();
    let text: string;
    try {
      text = await run(form, what, log, controller.signal);
    } catch (error) {
      text = String(error);
    }
    if (current !== controller) return;
    stop.disabled = true;
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    status.textContent = `${text}. ${log.sent} requests, ${log.retries} retries, ${seconds} s`;
  });
  await showContracts(form);
  form.inert = false;
}
