// The developer's panel: injects a fault, so that errors can be seen on demand.

import { byId, el } from "./dom.js";
import { count } from "./format.js";
import type { Fault, DataSource } from "./types.js";

const NONE = "";
const FAULTS: Fault[] = [
  [NONE, "is as it should be", "Choose a fault, then search, or open a case."],
  ["over_qps", "over_qps: too many requests per second", "The service asks to wait a second; Try again then helps."],
  ["over_rate", "over_rate: quota spent", "The period's quota is spent; trying again does not help."],
  ["over_capacity", "over_capacity: service overloaded", "The service is over capacity and says no time to wait."],
  ["not_authorized_403", "not_authorized_403: token refused", "An expired token, as the service reports it: as a 403."],
  ["html_error", "html_error: a web server's error page", "An HTML page instead of JSON."],
  ["api_error_200", "api_error_200: an error with status 200", "An error that looks like a success."],
  ["garbage_json", "garbage_json: half an answer", "JSON that ends in the middle."],
  ["reset", "reset: connection breaks", "The connection breaks before anything is sent."],
  ["latency", "latency: a second later", "Every answer waits a second; what is loading can be seen."],
];

const select = byId("fault", HTMLSelectElement);

/** Fills the panel. Returns a function that clears the fault. */
export function setUpFaults(source: DataSource): () => void {
  const all = [...FAULTS, ...source.portalFaults];
  select.replaceChildren(...all.map(([name, label]) => el("option", { value: name }, label)));
  const about = byId("fault-about", HTMLElement);
  const choose = async () => {
    const [name, , words] = all.find(([name]) => name === select.value) ?? ["", "", ""];
    about.textContent = words;
    select.setAttribute("aria-busy", "true");
    await source.setFault(name).catch((error: unknown) => {
      about.textContent = String(error);
    });
    if (select.value === name) select.setAttribute("aria-busy", "false");
  };
  select.addEventListener("change", () => void choose());
  const clear = () => {
    select.value = NONE;
    void choose();
  };
  clear();
  return clear;
}

/** Shows the numbers of requests that the sandbox has received and refused. */
export async function showRequests(source: DataSource): Promise<void> {
  const requests = await source.requestCounts();
  byId("received", HTMLOutputElement).value = count(requests.received);
  byId("refused", HTMLOutputElement).value = count(requests.refused);
}
