// The error texts, which a page loads at its first error.

import { kind } from "../browser.mjs";
import { check, INACTIVE, INACTIVE_TEXTS, isError, run, same, site, TEXTS, withinMs } from "./harness.mjs";

/** The error texts, which a page loads at its first error. */
export async function errorTexts() {
  const requests = () => site.requestedFiles.filter((path) => path === TEXTS).length;
  const inactive = () =>
    run(() => outcomeOf(() => requestSummary(clientWithResponse(window.a, 403, "<h1>Account Inactive</h1>"))));

  await check("an error of the service has its message and advice, and the texts are loaded once", async () => {
    await run(async () => {
      window.a = await load("a");
      await a.ready();
      await requestSummary(clientOf(a));
    });
    same(requests(), 0, "requests for the texts before an error");
    const both = await run(() => {
      const client = clientWithResponse(a, 403, "<h1>Account Inactive</h1>");
      return Promise.all([outcomeOf(() => requestSummary(client)), outcomeOf(() => requestSummary(client))]);
    });
    for (const one of [...both, await inactive()]) isError(one, INACTIVE, ...INACTIVE_TEXTS);
    same(requests(), 1, "requests for the texts");
  });

  await check("a network error has its message and hint without a load of the texts", async () => {
    const error = await run(async () => {
      const a = await load("a");
      await a.ready();
      const fetch = async () => {
        throw new TypeError("Failed to fetch");
      };
      const client = new a.CaseClient({ baseUrl: "https://portal.invalid/api/case", token: "t", maxRetries: 0, fetch });
      return client.caseSummary({ case_ids: ["1"] }).catch((error) => error.toJSON());
    });
    same(requests(), 0, "requests for the texts");
    isError(error, ["network", "NETWORK", true], "could not be reached", "(https://portal.invalid)", "cors.origins");
  });

  await check("problems of parameters have their texts too", async () => {
    const problems = await run(async () => {
      const a = await load("a");
      return outcomeOf(() => clientOf(a).caseSummary({ case_ids: [] }));
    });
    isError(problems, ["invalid_request", "MISSING_INPUTS", false], "Invalid request: ");
    same(requests(), 1, "requests for the texts");
  });

  for (const fault of ["missing", "down"]) {
    await check(`texts with the fault ${fault}: the error has its code and the advice of its kind`, async () => {
      Object.assign(site, { fault, affects: (path) => path === TEXTS });
      await run(async () => {
        window.a = await load("a");
        await a.ready();
      });
      const start = Date.now();
      isError(await inactive(), INACTIVE, "Account Inactive", "Ask the portal's operator for access.");
      withinMs(start, 3000);
      site.fault = "";
      // One browser never imports a script again after a failure; its errors stay short.
      const words = kind.importsAgain ? INACTIVE_TEXTS : ["Account Inactive"];
      isError(await inactive(), INACTIVE, ...words);
    });
  }

  await check("late texts delay an error by at most two seconds, and the next error has them", async () => {
    Object.assign(site, { delayMs: 3500, affects: (path) => path === TEXTS });
    await run(async () => {
      window.a = await load("a");
      await a.ready();
    });
    const start = Date.now();
    isError(await inactive(), INACTIVE, "Ask the portal's operator for access.");
    withinMs(start, 3400);
    // The texts load during this wait.
    isError(await inactive(), INACTIVE, ...INACTIVE_TEXTS);
    same(requests(), 1, "requests for the texts");
  });

  await check("the inline entry contains the texts", async () => {
    await run(async () => {
      window.a = await load("a", "inline");
    });
    isError(await inactive(), INACTIVE, ...INACTIVE_TEXTS);
    same(requests(), 0, "requests for the texts");
  });
}
