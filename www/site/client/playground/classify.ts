// A pasted error response, classified by a client that receives it.

import { CaseClient, isCaseApiError } from "cisco-support-case";
import { createSandbox, type FaultName } from "cisco-support-case/sandbox";
import { slugOf } from "../../lib/slug.js";
import { root } from "../root.js";
import { FAULTS } from "./faults.js";
import { byId, option, textOf } from "./page.js";

/** The faults whose responses have a body to start from, besides the codes that the page lists. */
const SAMPLES = ["over_qps", "over_rate", "html_error", "api_error_200", "garbage_json"] as const;
const CODES = ["CASE_NOTFOUND", "INVALID_DATERANGE", "EXCEEDED_INPUTS", "Forbidden", "Service Not Found"];

/** The response of a sandbox with a fault. */
async function responseTo(fault: string): Promise<{ status: number; body: string; retryAfter: string }> {
  const sandbox = await createSandbox({ cases: 100, seed: 1 });
  sandbox.fault(fault as FaultName, {});
  const address = `${sandbox.baseUrl}/cases/details/case_id/${sandbox.info().case_ids[0]}`;
  const response = await sandbox.fetch(address, { headers: { Authorization: "Bearer sandbox" } });
  const body = await response.text();
  sandbox.free();
  return { status: response.status, body, retryAfter: response.headers.get("Retry-After") ?? "" };
}

/** The error of a call that receives a response; none if the call succeeds. */
async function errorOf(status: number, body: string, retryAfter: string): Promise<unknown> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (retryAfter) headers["Retry-After"] = retryAfter;
  const client = new CaseClient({
    baseUrl: "https://case.invalid/case/v3",
    fetch: async () => new Response(body, { status, headers }) as never,
    token: "none",
    maxRetries: 0,
    rateLimit: false,
  });
  try {
    await client.caseDetails({ case_id: "612345678" });
    return undefined;
  } catch (error) {
    return error;
  } finally {
    client.free();
  }
}

function facts(rows: [string, string | HTMLElement][]): HTMLElement {
  const list = document.createElement("dl");
  list.className = "facts";
  for (const [name, value] of rows) {
    const [term, text] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    text.append(value);
    list.append(term, text);
  }
  return list;
}

function linkTo(code: string): HTMLElement {
  const link = document.createElement("a");
  link.href = new URL(`errors/${slugOf(code)}/`, root).href;
  link.textContent = code;
  return link;
}

export async function setUpClassify(): Promise<void> {
  const form = byId("classify-form", HTMLFormElement);
  const body = byId("classify-body", HTMLTextAreaElement);
  const status = byId("classify-status", HTMLElement);
  const result = byId("classify-result", HTMLElement);
  const [samples, code, retry] = ["sample", "status", "retryAfter"].map((name) => form.elements.namedItem(name));
  if (!(samples instanceof HTMLSelectElement && code instanceof HTMLInputElement && retry instanceof HTMLInputElement))
    return;
  samples.append(
    ...SAMPLES.map((name) => option(name, FAULTS[name] ?? name)),
    ...CODES.map((name) => option(name, name)),
  );

  const fill = async () => {
    const response = await responseTo(samples.value);
    body.value = response.body;
    code.value = String(response.status);
    retry.value = response.retryAfter;
  };
  const classify = async () => {
    try {
      const error = await errorOf(Number(textOf(form, "status")), body.value, textOf(form, "retryAfter").trim());
      if (!isCaseApiError(error)) {
        status.textContent = error === undefined ? "This is no error: the call succeeds" : String(error);
        result.replaceChildren();
        return;
      }
      status.textContent = error.message;
      const rows: [string, string | HTMLElement][] = [
        ["kind", error.kind],
        ["code", linkTo(error.code)],
        ["retryable", String(error.retryable)],
        ["retryAfterMs", String(error.retryAfterMs)],
        ["advice, for users", error.advice],
      ];
      if (error.hint) rows.push(["hint, for developers", error.hint]);
      result.replaceChildren(facts(rows));
    } catch (error) {
      status.textContent = String(error);
    }
  };
  samples.addEventListener("change", () => void fill());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void classify();
  });
  await fill();
  form.inert = false;
}
