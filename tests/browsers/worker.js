// A dedicated worker or service worker that makes the first bulk call on a message, and posts its result.

import * as caseApi from "/a/entry/browser.js";
import "/page.js";

const { allCases, outcomeOf } = globalThis;

addEventListener("message", async ({ ports: [port] }) => {
  await outcomeOf(() => caseApi.ready());
  const before = await outcomeOf(() => caseApi.checkAllCases({}).length);
  const cases = await outcomeOf(() => allCases(caseApi));
  const after = await outcomeOf(() => caseApi.checkAllCases({}).length);
  const credentials = { clientId: "synthetic", clientSecret: "hidden" };
  const secret = await outcomeOf(() => new caseApi.CaseClient({ credentials }));
  port.postMessage({ before, cases, after, secret });
});
