// A small page of a portal: the newest open cases of a contract, an error by its kind, and a retry button.

import { CaseClient } from "cisco-support-case/inline";

const client = new CaseClient({ baseUrl: "/api/case", token: "synthetic", maxRetries: 0 });
const contract = new URLSearchParams(location.search).get("contract");

async function show() {
  document.body.innerHTML = '<p role="status">loading</p>';
  try {
    const { cases } = await client.casesByContract({ contract_ids: [contract], status_flag: "O" });
    const items = cases
      .reverse()
      .map(({ title }) => Object.assign(document.createElement("li"), { textContent: title }));
    document.body.replaceChildren(...items);
  } catch (error) {
    document.body.innerHTML = '<p role="alert"></p><button>Again</button>';
    document.querySelector("p").textContent = error.kind;
    document.querySelector("button").onclick = show;
  }
}
await show();
