// A sandbox behind Playwright's pages: fixtures that route what a page asks to a sandbox of the test's own. Of Playwright
// only types are imported: `test` is the project's own.

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

/** What a test is given. */
export interface SandboxFixtures {
  /** The sandbox that answers this test's pages. No other test sees it. */
  sandbox: Sandbox;
  /** What it is made with: `test.use({ sandboxOptions: { cases: 5000 } })`. */
  sandboxOptions: SandboxOptions;
}

/**
 * Fixtures for `test.extend`: each test has a sandbox of its own, which answers what its pages ask of the service and of a
 * gateway, whether the test names it or not. Its faults work; an answer that breaks off in the middle is a connection that
 * breaks, and a slow one comes late and in one piece, since Playwright passes bodies on whole.
 *
 * ```js
 * import { test as base } from "@playwright/test";
 * export const test = base.extend(sandboxFixtures({ baseUrl: "/api/case" }));
 * ```
 */
export function sandboxFixtures(options: SandboxRouteOptions = {}): Fixtures<
  SandboxFixtures,
  // biome-ignore lint/complexity/noBannedTypes: so Playwright writes that a worker has no fixtures.
  {},
  PlaywrightTestArgs & PlaywrightTestOptions,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions
> {
  return {
    sandboxOptions: [{}, { option: true }],
    sandbox: [
      // Playwright reads the names of fixtures out of these braces.
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
        // What still waits for its answer is let go of.
        over.abort();
        for (const [isMeant, answer] of routes) await context.unroute(isMeant, answer);
        sandbox.free();
      },
      { auto: true },
    ],
  };
}

/** A page's request, answered. A page gets an answer in one piece or none: one that breaks off is no connection. */
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
    // Nobody waits for it when the test is over.
    if (!signal.aborted) throw error;
  }
}
