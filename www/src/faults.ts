// The corner for developers: makes the sandbox fail, so that errors can be seen without waiting for one.

import { byId, el } from "./dom.js";
import { count } from "./format.js";
import type { Source } from "./source.js";

const NONE = "";
const FAULTS: [name: string, label: string, about: string][] = [
  [NONE, "is as it should be", "Choose a fault, then search, or open a case."],
  ["over_qps", "over_qps: too many a second", "The service asks to wait a second; Try again then helps."],
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

/** Fills the corner. */
export function setUpFaults({ sandbox }: Source): void {
  select.replaceChildren(...FAULTS.map(([name, label]) => el("option", { value: name }, label)));
  const about = byId("fault-about", HTMLElement);
  const choose = () => {
    sandbox.clearFaults();
    if (select.value !== NONE) sandbox.fault(select.value);
    about.textContent = FAULTS.find(([name]) => name === select.value)?.[2] ?? "";
  };
  select.addEventListener("change", choose);
  choose();
}

/** Shows what the sandbox has been asked so far. */
export async function showRequests({ sandbox }: Source): Promise<void> {
  const { requests } = await sandbox.info();
  byId("received", HTMLOutputElement).value = count(requests.received);
  byId("refused", HTMLOutputElement).value = count(requests.refused);
}
