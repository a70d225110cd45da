// Playwright fixtures that route requests of pages to a sandbox per test. Only types are imported from Playwright:
// `test` is the project's own.

import type {
  BrowserContext,
  Fixtures,
  PlaywrightTestArgs,
  PlaywrightTestOptions,
  PlaywrightWorkerArgs,
  PlaywrightWorkerOptions,
  Route,
} from "@playwright/test";
import { createSandbox } from "../entry/sandbox-node.js";
import type { Sandbox, SandboxOptions } from "../sandbox/index.js";
import { fetchFromSandbox, sandboxRoutes, type SandboxRouteOptions } from "./sandbox-routing.js";

export type { SandboxRouteOptions } from "./sandbox-routing.js";

/** Fixtures of a test. */
export interface SandboxFixtures {
  /** The sandbox that responds to this test's pages. Each test has its own. */
  sandbox: Sandbox;
  /** Options of the sandbox: `test.use({ sandboxOptions: { cases: 5000 } })`. */
  sandboxOptions: SandboxOptions;
}

/**
 * Returns fixtures for `test.extend`: each test has its own sandbox, which responds to its pages' requests to the
 * service and to a gateway, even if the test does not use the fixture. Faults work with two differences, since
 * Playwright sends complete bodies: a truncated body is a broken connection, and a slow one arrives late and in one
 * piece.
 *
 * ```js
 * import { test as base } from "@playwright/test";
 * export const test = base.extend(sandboxFixtures({ baseUrl: "/api/case" }));
 * ```
 */
export function sandboxFixtures(options: SandboxRouteOptions = {}): Fixtures<
  SandboxFixtures,
  // biome-ignore lint/complexity/noBannedTypes: Playwright's own type for a worker without fixtures.
  {},
  PlaywrightTestArgs & PlaywrightTestOptions,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions
> {
  return {
    sandboxOptions: [{}, { option: true }],
    sandbox: [
      // Playwright parses the names of fixtures from this parameter's braces.
      async ({ context, sandboxOptions }, use) => {
        const sandbox = await createSandbox(sandboxOptions);
        const over = new AbortController();
        const routes: Parameters<BrowserContext["route"]>[] = [];
        for (const { pattern, toSandbox } of sandboxRoutes(sandbox, options)) {
          const isMeant = (url: URL) => pattern.test(url.href.split(/[?#]/)[0] ?? "");
          const answer = (route: Route) => fulfillRoute(route, sandbox, toSandbox, over.signal);
          await context.route(isMeant, answer);
          routes.push([isMeant, answer]);
        }
        await use(sandbox);
        // Aborts requests that still wait for their response.
        over.abort();
        for (const [isMeant, answer] of routes) await context.unroute(isMeant, answer);
        sandbox.free();
      },
      { auto: true },
    ],
  };
}

/** Responds to a page's request. A response is complete or absent: a truncated one aborts the connection. */
async function fulfillRoute(
  route: Route,
  sandbox: Sandbox,
  at: (url: string) => string,
  signal: AbortSignal,
): Promise<void> {
  const request = route.request();
  const [method, headers, body] = [request.method(), request.headers(), request.postDataBuffer() ?? undefined];
  try {
    const response = await fetchFromSandbox(sandbox, at(request.url()), { method, headers, body, signal });
    const bytes = response && (await response.arrayBuffer().then(Buffer.from, () => null));
    if (!response || !bytes) return await route.abort("connectionreset");
    await route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body: bytes });
  } catch (error) {
    // After the end of the test no page waits for the response.
    if (!signal.aborted) throw error;
  }
}
