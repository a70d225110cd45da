// Lists the open cases of a contract. The gateway at /api/case identifies the user by the portal's own cookie.

import { CaseClient, isCaseApiError } from "cisco-support-case";

const client = new CaseClient({ baseUrl: "/api/case" });
const form = document.querySelector("form");
const state = document.querySelector("#state");
const list = document.querySelector("#cases");
let request = new AbortController();

async function show(contract) {
  // A new search aborts the one before.
  request.abort();
  request = new AbortController();
  const { signal } = request;
  list.replaceChildren();
  state.textContent = "Loading…";
  try {
    const params = { contract_ids: [contract], status_flag: "O" };
    for await (const one of client.casesByContract(params, { signal })) {
      const item = document.createElement("li");
      // As text: titles and notes are other people's words.
      item.textContent = `${one.case_id}, severity ${one.severity ?? "unknown"}: ${one.title}`;
      list.append(item);
    }
    state.textContent = `${list.childElementCount} open cases`;
  } catch (error) {
    if (signal.aborted) return;
    state.textContent = isCaseApiError(error) ? error.advice : String(error);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  show(form.contract.value);
});
show(form.contract.value);
