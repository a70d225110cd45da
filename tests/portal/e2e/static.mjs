// The page without a gateway, with a sandbox inside it.

import { check, expect, page, STATIC_URL, same, shot } from "./harness.mjs";
import { policy } from "./policy.mjs";

/** Without a gateway the page uses its own sandbox. */
export async function withoutGateway() {
  await check("without a gateway the page shows that it uses a sandbox, and shows cases", async () => {
    await page.goto(STATIC_URL);
    await page.settled();
    expect((await page.text("#source")).startsWith("Sandbox:"), "it does not say that this is a sandbox");
    expect((await page.rows()).length > 0, "no rows");
    same(await page.read(() => document.querySelector("#tenants").checkVisibility()), false, "a sign-in is shown");
    same(await page.read(() => document.querySelectorAll(".chip.foreign").length), 0, "ids of another tenant");
    same(await page.found(), null, "cache status");
    await shot("alone");
  });

  await check("a case opens, and faults have the error kinds of the service", async () => {
    const [{ id }] = await page.rows();
    await page.show(id);
    await page.hide();
    for (const [fault, kind] of [
      ["reset", "network"],
      ["not_authorized_403", "authentication"],
    ]) {
      await page.fault(fault);
      await page.search();
      const error = await page.error("#failure");
      same([error.facts.Kind, error.signIn], [kind, false], "error");
    }
    await page.fault("");
  });

  await check(
    "without a gateway: no error in the console, no violation of the policy, no request to another host",
    async () => {
      same(await page.records(), { complaints: [], breaches: [], hosts: [new URL(STATIC_URL).host] }, "records");
    },
  );

  await policy();
}
