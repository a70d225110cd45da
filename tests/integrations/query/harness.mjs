// A sandbox, a client of it and a query client.

import { QueryClient } from "@tanstack/query-core";
import { CaseClient } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";

/** Creates them, with the options of the sandbox and of the client. `urls` are the requests of the client. */
export async function setUp(options = {}, clientOptions = {}) {
  const sandbox = await createSandbox(options);
  const urls = [];
  const fetch = (url, init) => {
    urls.push([url, init]);
    return sandbox.fetch(url, init);
  };
  const rateLimit = { perSecond: 0, perDay: 0 };
  const client = new CaseClient({ baseUrl: sandbox.baseUrl, token: "any", fetch, rateLimit, ...clientOptions });
  const queryClient = new QueryClient({ defaultOptions: { queries: { gcTime: Infinity } } });
  const { contract_ids, user_ids, case_ids } = sandbox.info();
  return { sandbox, client, queryClient, urls, contract_ids, user_ids, case_ids };
}
