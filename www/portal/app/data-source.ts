// Opens the source of the cases: the gateway if the page's server names one, otherwise a sandbox in a worker of this page. A real
// portal has a gateway and needs `new CaseClient({ baseUrl: "/api/case", token: … })` only; everything else belongs to the demo.

import type { DataSource } from "./types.js";

/** The element that the demo's server adds to the page. A static host serves the page without it. */
const GATEWAY = 'meta[name="gateway"]';

/** Opens the gateway if the page's server names one, otherwise a sandbox. */
export async function openDataSource(): Promise<DataSource> {
  if (document.querySelector(GATEWAY)) {
    return (await import("./gateway-source.js")).openGatewaySource();
  }
  // Loaded on demand: a page with a gateway never downloads the sandbox.
  return (await import("./sandbox-source.js")).openSandboxSource();
}
