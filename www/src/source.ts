// Where the cases come from: the package's client, and for now the service in a sandbox inside this page. With a gateway
// it is `new CaseClient({ baseUrl: "/api/case", token: … })` and no sandbox; nothing else in the portal changes.

import { CaseClient, ready } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";

/** The client and the sandbox behind it. */
export async function openSource() {
  const [sandbox] = await Promise.all([createSandbox({ cases: 5000, seed: 1 }), ready()]);
  const client = new CaseClient({
    fetch: sandbox.fetch,
    baseUrl: sandbox.baseUrl,
    // The sandbox takes any.
    token: "of-the-sandbox",
    // It counts no quota either, so there is nothing to keep.
    pace: { perSecond: 0, perDay: 0 },
  });
  return { client, sandbox };
}

export type Source = Awaited<ReturnType<typeof openSource>>;
