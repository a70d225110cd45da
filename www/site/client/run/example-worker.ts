// The worker in which an example runs: it imports the module that a message names, and reports what the module prints.

import { describe } from "./describe.js";
import type { Described, Line, Message } from "./messages.js";

const post = (message: Message) => postMessage(message);

for (const method of ["log", "info", "warn", "error", "debug", "table"] as const satisfies Line["method"][]) {
  console[method] = (...values: unknown[]) =>
    post({ type: "line", method, values: values.map((value) => describe(value)) });
}

addEventListener("message", async ({ data }: MessageEvent<string>) => {
  const start = performance.now();
  let error: Described | null = null;
  try {
    await import(data);
  } catch (thrown) {
    error = describe(thrown);
  }
  post({ type: "end", ms: performance.now() - start, error });
});
