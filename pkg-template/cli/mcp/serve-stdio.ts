// The server over standard input and output. It ends when its client closes standard input, with which it also ends when its
// parent is killed.

import process from "node:process";
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import type { Principal, Serving } from "./serving.js";
import { createServer } from "./server.js";
import { visibleText } from "./untrusted-text.js";

/** The identity of the process that has started the server. */
const LOCAL: Principal = { key: "local", token: undefined };

/** The longest message that is read, in bytes. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

/** Serves until the client leaves, or the signal is aborted. */
export async function serveOverStdio(serving: Serving, signal: AbortSignal): Promise<void> {
  const { stdin, stdout } = process;
  const transport = new StdioServerTransport(stdin, stdout, { maxBufferSize: MAX_MESSAGE_BYTES });
  const ended = new Promise<void>((resolve) => {
    for (const event of ["end", "close", "error"] as const) stdin.once(event, () => resolve());
    stdout.once("error", () => resolve());
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (signal.aborted || stdin.destroyed || stdin.readableEnded) resolve();
  });
  const handle = serveStdio(() => createServer(serving, LOCAL), {
    transport,
    onerror: (error) => serving.options.log(visibleText(error.message)),
  });
  await ended;
  await serving.close();
  await handle.close();
  // An open standard input would keep the process alive.
  stdin.pause();
  if ("unref" in stdin) stdin.unref();
}
