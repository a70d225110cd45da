// A sandbox behind Mock Service Worker, version 2 or 3.

import type { HttpHandler } from "msw";
import type { Sandbox } from "./sandbox.js";
import type { SandboxPlaces } from "./stand-in.js";

export type { SandboxPlaces } from "./stand-in.js";

/**
 * Handlers for `setupServer` (tests in Node, with jsdom or without) and `setupWorker` (a page): requests to the service, to
 * its token endpoint and to a gateway are answered by the sandbox, with its faults. Nothing leaves the process. A gateway's
 * own answers (who is signed in, `/health`) are not the service's: add handlers for them before these.
 *
 * ```js
 * const server = setupServer(...sandboxHandlers(sandbox));
 * ```
 */
export declare function sandboxHandlers(
  sandbox: Pick<Sandbox, "fetch" | "baseUrl" | "tokenUrl">,
  options?: SandboxPlaces,
): HttpHandler[];
