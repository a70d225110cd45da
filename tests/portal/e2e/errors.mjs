// Errors of the service and of the gateway.

import { awaitRetryAfterQuota, check, expect, page, same, shot } from "./harness.mjs";

export async function errors() {
  await check("over_qps: code, message id, and Try again succeeds after the fault ends", async () => {
    await page.fault("over_qps");
    await page.search();
    const error = await page.error("#failure");
    same([error.facts.Code, error.facts.Kind], ["Account Over Queries Per Second Limit", "rate_limited"], "error");
    expect(
      /^[\w-]{8,} Quote this id to support\.$/.test(error.facts["Message id"]),
      `message id ${error.facts["Message id"]}`,
    );
    expect(error.again, "no Try again");
    await shot("error");
    await page.fault("");
    await page.until(() => !document.querySelector("#failure button").disabled);
    await page.click("#failure button");
    await page.settled();
    expect((await page.rows()).length > 0, "no rows after Try again");
    same(await page.read(() => document.querySelector("#failure").childElementCount), 0, "errors left");
  });

  await check("an exhausted quota has its own error without Try again", async () => {
    await page.fault("over_rate");
    await page.search();
    const error = await page.error("#failure");
    same([error.facts.Code, error.facts.Kind, error.again], ["Account Over Rate Limit", "quota", false], "error");
    await awaitRetryAfterQuota();
  });

  for (const [fault, kind] of [
    ["html_error", "unavailable"],
    ["garbage_json", "decode"],
    ["reset", "unavailable"],
  ]) {
    await check(`fault ${fault} is of kind ${kind}, with code and advice`, async () => {
      await page.fault(fault);
      await page.search();
      const error = await page.error("#failure");
      same(error.facts.Kind, kind, "kind");
      expect(error.facts.Code && error.advice, "no code or no advice");
      expect(!error.facts["Found by"].startsWith("this page"), `found by ${error.facts["Found by"]}`);
    });
  }

  await check("rejected credentials have another error than an expired sign-in", async () => {
    await page.fault("not_authorized_403");
    await page.search();
    const error = await page.error("#failure");
    same(
      [error.facts.Code, error.facts.Kind, error.signIn, error.again],
      ["UPSTREAM_AUTH", "unavailable", false, false],
      "error",
    );
    expect(error.advice.includes("operator"), `advice "${error.advice}"`);
    expect(/^[\w-]{36} /.test(error.facts["Request id"]), `request id ${error.facts["Request id"]}`);
    await shot("upstream-auth");
  });

  await check("an expired sign-in offers a new one, after which the search succeeds", async () => {
    await page.fault("sign_in_expired");
    const before = await page.reached();
    await page.search();
    const error = await page.error("#failure");
    const { Code, Kind } = error.facts;
    same([Code, Kind, error.signIn, error.again], ["IDENTITY_EXPIRED", "authentication", true, false], "error");
    expect(/^[\w-]{36} /.test(error.facts["Request id"]), `request id ${error.facts["Request id"]}`);
    same(await page.reached(), before, "requests that reached the service");
    await shot("expired");
    await page.click("#failure button");
    await page.settled();
    expect((await page.rows()).length > 0, "no rows after signing in again");
    same(await page.read(() => document.querySelector("#fault").value), "", "fault");
  });
}
