// End-to-end tests of the portal in a real browser, by keyboard: the page, the gateway in workerd and the sandbox as
// the service. Then a short run of the page alone, with a sandbox inside it.
//
//   PORTAL_URL      address of the page with gateway and service
//   STATIC_URL      address of the page alone
//   BROWSER…        the browser and its options: see ../../browsers/browser.mjs
//   ARTIFACTS       a folder for screenshots

import { cacheStatus, tenancy } from "./cache-and-tenants.mjs";
import { details } from "./details.mjs";
import { errors } from "./errors.mjs";
import { check, expect, failures, PORTAL_URL, page, restart, same } from "./harness.mjs";
import { lists } from "./lists.mjs";
import { policy } from "./policy.mjs";
import { presentation } from "./presentation.mjs";
import { searches } from "./searches.mjs";
import { withoutGateway } from "./static.mjs";

try {
  await withGateway();
  await restart();
  await withoutGateway();
} finally {
  await page.close();
}

async function withGateway() {
  await check("the page shows cases after the load", async () => {
    await page.goto(PORTAL_URL);
    await page.settled();
    expect((await page.rows()).length > 0, "no rows");
    expect((await page.text("#source")).startsWith("Demo on this machine:"), "it does not say that this is a demo");
  });
  // The remaining checks would only run into their timeouts.
  if (failures > 0)
    throw new Error(`the page did not start: ${(await page.records()).complaints.join("; ").slice(0, 500)}`);

  const contract = await page.read(() => document.querySelector("#ids").value);
  await lists(contract);
  await details();
  const known = await searches();
  await page.choose("mode", "contract");
  await errors();
  await cacheStatus(contract);
  await tenancy(contract);
  await page.choose("mode", "contract");
  await presentation(known);

  await check("no error in the console, no violation of the policy, no request to another host", async () => {
    same(await page.records(), { complaints: [], breaches: [], hosts: [new URL(PORTAL_URL).host] }, "records");
  });

  await policy();
}
