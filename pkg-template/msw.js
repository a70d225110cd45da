// A sandbox behind Mock Service Worker: handlers that answer as the service does, for tests that fetch in Node or in a page.

import { HttpResponse, http } from "msw";
import { answered, places } from "./stand-in.js";

export function sandboxHandlers(sandbox, options) {
  return places(sandbox, options).map(({ matches, at }) =>
    http.all(matches, async ({ request }) => {
      const { method, headers, signal } = request;
      const body = method === "GET" || method === "HEAD" ? undefined : await request.arrayBuffer();
      try {
        return (await answered(sandbox, at(request.url), { method, headers, body, signal })) ?? HttpResponse.error();
      } catch (error) {
        // Nobody waits for it any more.
        if (signal.aborted) return HttpResponse.error();
        throw error;
      }
    }),
  );
}
