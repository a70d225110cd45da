// A sandbox behind Playwright's pages: fixtures that route what a page asks to a sandbox of the test's own.

import { createSandbox } from "./entry/sandbox-node.js";
import { answered, places } from "./stand-in.js";

export function sandboxFixtures(options = {}) {
  return {
    sandboxOptions: [{}, { option: true }],
    sandbox: [
      // Playwright reads the names of fixtures out of these braces.
      async ({ context, sandboxOptions }, use) => {
        const sandbox = await createSandbox(sandboxOptions);
        const over = new AbortController();
        const routes = [];
        for (const { matches, at } of places(sandbox, options)) {
          const isMeant = (url) => matches.test(url.href.split(/[?#]/)[0]);
          const answer = (route) => fulfil(route, sandbox, at, over.signal);
          await context.route(isMeant, answer);
          routes.push([isMeant, answer]);
        }
        await use(sandbox);
        // What still waits for its answer is let go of.
        over.abort();
        for (const route of routes) await context.unroute(...route);
        sandbox.free();
      },
      { auto: true },
    ],
  };
}

/** A page's request, answered. A page gets an answer in one piece or none: one that breaks off is no connection. */
async function fulfil(route, sandbox, at, signal) {
  const request = route.request();
  const [method, headers, body] = [request.method(), request.headers(), request.postDataBuffer() ?? undefined];
  try {
    const response = await answered(sandbox, at(request.url()), { method, headers, body, signal });
    const bytes = response && (await response.arrayBuffer().then(Buffer.from, () => null));
    if (!bytes) return await route.abort("connectionreset");
    await route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body: bytes });
  } catch (error) {
    // Nobody waits for it when the test is over.
    if (!signal.aborted) throw error;
  }
}
