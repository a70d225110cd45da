// A sandbox of the service in a worker of this page: no gateway, no sign-in, no request leaves the browser.

import { CaseClient } from "cisco-support-case";
import { startOfHistory } from "./history.js";
import { openSandboxClock } from "./sandbox-clock.js";
import type { SandboxReply, SandboxRequest } from "./sandbox.worker.js";
import workerAddress from "./sandbox.worker.ts?worker&url";
import { workerUrl } from "./trusted-urls.js";
import type { DataSource, RequestCounts, Tenant } from "./types.js";
import { storage } from "../ui/storage.js";

/** A task for the worker, without its number and instant. */
type Task = SandboxRequest extends infer Request
  ? Request extends { id: number }
    ? Omit<Request, "id" | "nowMs">
    : never
  : never;

/** The cases of the sandbox, unless the browser's storage has another number. */
const CASES = 5000;
const CASES_KEY = "portal.sandbox.cases";
const HOUR_MS = 3_600_000;

/** Opens a sandbox in a worker. */
export async function openSandboxSource(): Promise<DataSource> {
  // The number of cases can be set for measurements.
  const cases = Number(storage.getItem(CASES_KEY)) || CASES;
  const clock = openSandboxClock(cases, storage);
  const worker = new Worker(workerUrl(workerAddress), { type: "module" });
  const open = new Map<number, { resolve: (reply: SandboxReply) => void; reject: (error: Error) => void }>();
  let last = 0;
  worker.onmessage = ({ data }: MessageEvent<SandboxReply>) => {
    open.get(data.id)?.resolve(data);
    open.delete(data.id);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    for (const { reject } of open.values()) reject(new Error(`The sandbox could not be started: ${event.message}`));
    open.clear();
  };
  const ask = (task: Task): Promise<SandboxReply> =>
    new Promise((resolve, reject) => {
      last += 1;
      open.set(last, { resolve, reject });
      worker.postMessage({ ...task, id: last, nowMs: clock.now() });
    });

  const sandboxFetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const { signal } = init;
    signal?.throwIfAborted();
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    const headers = [...new Headers(init.headers)];
    const reply = await Promise.race([
      ask({ type: "fetch", url: String(input), method: init.method ?? "GET", headers }),
      aborted,
    ]);
    if (reply.type !== "response") throw new TypeError("Failed to fetch");
    return new Response(reply.body, { status: reply.status, headers: reply.headers });
  };

  /** Asks for what is no request: it can fail by a fault of the page only. */
  const ordered = async (task: Task): Promise<SandboxReply> => {
    const reply = await ask(task);
    if (reply.type === "failed") throw new Error(`The sandbox has failed: ${reply.reason}`);
    return reply;
  };

  const start = await ordered({ type: "start", cases, startMs: clock.startMs });
  if (start.type !== "info") throw new Error("The sandbox could not be started.");
  const tenant: Tenant = { id: "sandbox", name: "Sandbox", contract_ids: start.contract_ids };
  const client = new CaseClient({
    fetch: sandboxFetch,
    baseUrl: start.baseUrl,
    // The sandbox accepts any token.
    token: "of-the-sandbox",
    // The sandbox has no quota to protect.
    rateLimit: false,
  });
  return {
    about: "Sandbox: synthetic cases, and a service that runs inside this page. It sends no request.",
    tenants: [tenant],
    from: startOfHistory(),
    clientOf: () => client,
    signInAgain: () => {},
    demo: {
      portalFaults: [],
      async setFault(name) {
        await ordered({ type: "fault", name });
      },
      async requestCounts(): Promise<RequestCounts> {
        const reply = await ordered({ type: "info" });
        return reply.type === "info" ? reply.requests : { received: 0, refused: 0 };
      },
      async moveCases() {
        clock.advance(HOUR_MS);
        // The cases of the hour that passed are there with the answer.
        await ordered({ type: "info" });
      },
    },
  };
}
