// A sandbox behind Mock Service Worker, version 2 or 3: handlers that answer as the service does, for tests that fetch in
// Node or in a page.

import { HttpResponse, http, type HttpHandler, passthrough } from "msw";
import type { Sandbox } from "../sandbox/index.js";
import { fetchFromSandbox, sandboxRoutes, type SandboxRouteOptions } from "./sandbox-routing.js";

export type { SandboxRouteOptions } from "./sandbox-routing.js";

/** The package's own files, whatever a bundler has made of their names. */
const PACKAGE_WASM = /\/(client|page|bulk|sandbox)\b[^/?]*\.wasm(\?|$)/;

/**
 * Handlers for `setupServer` (tests in Node, with jsdom or without) and `setupWorker` (a page): requests to the service, to
 * its token endpoint and to a gateway are answered by the sandbox, with its faults. Nothing leaves the process. A gateway's
 * own answers (who is signed in, `/health`) are not the service's: add handlers for them before these. The package's own
 * WebAssembly is let through, for `onUnhandledRequest: "error"`.
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
        // Nobody waits for it any more.
        if (signal.aborted) return HttpResponse.error();
        throw error;
      }
    }),
  );
  return [...handlers, http.get(PACKAGE_WASM, () => passthrough())];
}
