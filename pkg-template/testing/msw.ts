// Request handlers of Mock Service Worker, version 2 or 3, that respond like the service, for tests in Node or in a
// page.

import { HttpResponse, http, type HttpHandler, passthrough } from "msw";
import type { Sandbox } from "../sandbox/index.js";
import { fetchFromSandbox, sandboxRoutes, type SandboxRouteOptions } from "./sandbox-routing.js";

export type { SandboxRouteOptions } from "./sandbox-routing.js";

/** URLs of the package's own wasm files. Bundlers append hashes to their names. */
const PACKAGE_WASM = /\/(client|page|bulk|sandbox|store|gateway)\b[^/?]*\.wasm(\?|$)/;

/**
 * Returns handlers for `setupServer` (tests in Node, with or without jsdom) and `setupWorker` (a page). The sandbox
 * responds to requests to the service, to its token endpoint and to a gateway, with its faults. No request leaves the
 * process. A gateway's own routes (sign-in, `/health`) are not included: add handlers for them before these. The
 * package's own WebAssembly files pass through, for `onUnhandledRequest: "error"`.
 *
 * ```js
 * const server = setupServer(...sandboxHandlers(sandbox));
 * ```
 */
export function sandboxHandlers(
  sandbox: Pick<Sandbox, "fetch" | "baseUrl" | "tokenUrl">,
  options?: SandboxRouteOptions,
): HttpHandler[] {
  const handlers = sandboxRoutes(sandbox, options).map(({ pattern, toSandbox }) =>
    http.all(pattern, async ({ request }) => {
      const { method, headers, signal } = request;
      const body = method === "GET" || method === "HEAD" ? undefined : await request.arrayBuffer();
      try {
        return (
          (await fetchFromSandbox(sandbox, toSandbox(request.url), { method, headers, body, signal })) ??
          HttpResponse.error()
        );
      } catch (error) {
        // An aborted request needs no response.
        if (signal.aborted) return HttpResponse.error();
        throw error;
      }
    }),
  );
  return [...handlers, http.get(PACKAGE_WASM, () => passthrough())];
}
