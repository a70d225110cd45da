// A dedicated worker or service worker that makes the first bulk call on a message, and posts its result.

import * as caseApi from "/a/entry/browser.js";
import "/page.js";

const { allCases, told } = globalThis;

addEventListener("message", async ({ ports: [port] }) => {
  await told(() => caseApi.ready());
  const before = await told(() => caseApi.checkAllCases({}).length);
  const cases = await told(() => allCases(caseApi));
  const after = await told(() => caseApi.checkAllCases({}).length);
  const credentials = { clientId: "synthetic", clientSecret: "hidden" };
  const secret = await told(() => new caseApi.CaseClient({ credentials }));
  port.postMessage({ before, cases, after, secret });
});
