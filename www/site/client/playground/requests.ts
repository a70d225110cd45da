// The requests of a client to a sandbox, directly or through a gateway, each with its waits, its cache status, its result
// and the retry that follows.

import { CaseClient, type ClientOptions, isCaseApiError } from "cisco-support-case";
import { createSandbox, type FaultName } from "cisco-support-case/sandbox";
import { FAULTS } from "./faults.js";
import type { PlaygroundGateway } from "./gateway.js";
import type { Faults, GatewaySettings } from "./gateway-messages.js";
import { byId, numberOf, option, textOf } from "./page.js";
import { RequestLog } from "./request-log.js";

const CONTRACTS = 8;

const counted = (count: number, one: string, several: string) => `${count} ${count === 1 ? one : several}`;

/** Shows the contracts of the sandbox that the form describes, and returns the id of its first case. */
async function showContracts(form: HTMLFormElement): Promise<string> {
  const sandbox = await createSandbox({ cases: numberOf(form, "cases"), seed: 1 });
  const { contract_ids: ids, case_ids } = sandbox.info({ holders: CONTRACTS });
  sandbox.free();
  const labels = ids.map((id, at) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "checkbox", name: "contract", value: id, checked: at < 2 });
    label.append(input, ` ${id}`);
    return label;
  });
  byId("contracts", HTMLElement).replaceChildren(...labels);
  return case_ids[0] ?? "";
}

const faultsOf = (form: HTMLFormElement): Faults => ({
  name: textOf(form, "fault"),
  rate: numberOf(form, "rate") / 100,
  latencyMs: numberOf(form, "latency"),
});

/** The options of a client that calls the service, and the function that ends it. */
interface Connection {
  options: ClientOptions;
  maxAgeMs?: number;
  close(): void;
}

/** A connection to a new sandbox. */
async function openSandbox(form: HTMLFormElement): Promise<Connection> {
  const sandbox = await createSandbox({
    cases: numberOf(form, "cases"),
    seed: 1,
    movesPerHour: numberOf(form, "movesPerHour"),
    msPerRequest: numberOf(form, "msPerRequest"),
  });
  const { name, rate, latencyMs } = faultsOf(form);
  if (name && rate > 0) sandbox.fault(name as FaultName, { rate });
  if (latencyMs > 0) sandbox.fault("latency", { ms: latencyMs });
  const rateLimit = { perSecond: numberOf(form, "perSecond") };
  return { options: { ...sandbox.clientOptions, rateLimit }, close: () => sandbox.free() };
}

/** The gateway of the last settings: its cache remains until they change. */
class GatewayConnections {
  #settings = "";
  #gateway: Promise<PlaygroundGateway> | undefined;

  async open(form: HTMLFormElement, log: RequestLog, onSent: () => void): Promise<Connection> {
    const settings: GatewaySettings = {
      cases: numberOf(form, "cases"),
      movesPerHour: numberOf(form, "movesPerHour"),
      msPerRequest: numberOf(form, "msPerRequest"),
      perSecond: numberOf(form, "perSecond"),
      freshSeconds: numberOf(form, "freshSeconds"),
      staleSeconds: numberOf(form, "staleSeconds"),
    };
    const text = JSON.stringify(settings);
    if (this.#settings !== text || !this.#gateway) {
      this.#gateway?.then((last) => last.close()).catch(() => {});
      this.#settings = text;
      this.#gateway = import("./gateway.js").then(({ PlaygroundGateway }) => PlaygroundGateway.open(settings));
      this.#gateway.catch(() => {
        if (this.#settings === text) this.#gateway = undefined;
      });
    }
    const gateway = await this.#gateway;
    gateway.setFaults(faultsOf(form));
    log.sentByGateway = 0;
    gateway.onSent = () => {
      log.sentByGateway = (log.sentByGateway ?? 0) + 1;
      onSent();
    };
    const send = log.throughGateway(gateway);
    const fetch = async (url: unknown, init: unknown) => (await send(url as string, init as never)).response;
    return {
      // The limit of the requests is the gateway's.
      options: { baseUrl: gateway.baseUrl, rateLimit: false, fetch: fetch as never },
      maxAgeMs: numberOf(form, "maxAgeSeconds") * 1000,
      close: () => {},
    };
  }
}

async function run(
  form: HTMLFormElement,
  what: string,
  log: RequestLog,
  signal: AbortSignal,
  { options, maxAgeMs }: Connection,
  case_id: string,
): Promise<string> {
  const client = new CaseClient({ ...options, hooks: log.hooks });
  const call = { signal, maxAgeMs };
  const contract_ids = new FormData(form).getAll("contract").map(String);
  const status = textOf(form, "status");
  const filter = status === "O" || status === "C" ? { status_flag: status as "O" | "C" } : {};
  try {
    if (what === "details") {
      const { title } = await client.caseDetails({ case_id }, call);
      return `Case ${case_id}: ${title}`;
    }
    const params = { contract_ids, ...filter };
    const cases = what === "all" ? client.allCases(params, call) : client.casesByContract(params, call);
    const ids = new Set<string>();
    for await (const { case_id } of cases) ids.add(case_id);
    return `${ids.size} cases`;
  } catch (error) {
    if (isCaseApiError(error)) return `${error.kind}: ${error.message}`;
    throw error;
  }
}

export async function setUpRequests(): Promise<void> {
  const form = byId("requests-form", HTMLFormElement);
  const status = byId("requests-status", HTMLElement);
  const stop = byId("requests-stop", HTMLButtonElement);
  const faults = Object.entries(FAULTS).map(([name, text]) => option(name, text));
  form.querySelector("select[name=fault]")?.append(option("", "none"), ...faults);
  const log = new RequestLog();
  const gateways = new GatewayConnections();
  let current = new AbortController();
  let firstCase = "";
  stop.addEventListener("click", () => current.abort());
  form.querySelector("input[name=cases]")?.addEventListener("change", async () => {
    firstCase = await showContracts(form);
  });
  const isThroughGateway = byId("through-gateway", HTMLInputElement);
  const showGateway = () => {
    byId("gateway-settings", HTMLFieldSetElement).disabled = !isThroughGateway.checked;
  };
  isThroughGateway.addEventListener("change", showGateway);
  showGateway();

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
    let result = "";
    let seconds = "";
    const showResult = () => {
      const sent = log.sentByGateway;
      const toService = sent === null ? "" : ` to the gateway, ${sent} from there to the service`;
      const requests = counted(log.sent, "request", "requests");
      status.textContent = `${result}. ${requests}${toService}, ${counted(log.retries, "retry", "retries")}, ${seconds} s`;
    };
    let connection: Connection | undefined;
    try {
      // A gateway can refresh a response after it has used the old one.
      const onSent = () => {
        if (current === controller && result) showResult();
      };
      connection = await (isThroughGateway.checked ? gateways.open(form, log, onSent) : openSandbox(form));
      result = await run(form, what, log, controller.signal, connection, firstCase);
    } catch (error) {
      result = String(error);
    } finally {
      seconds = ((performance.now() - start) / 1000).toFixed(1);
      connection?.close();
    }
    if (current !== controller) return;
    stop.disabled = true;
    showResult();
  });
  firstCase = await showContracts(form);
  form.inert = false;
}
