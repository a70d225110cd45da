// The sandbox in a worker: it answers by messages, so that a long fill never blocks the page.

import { createSandbox, type Sandbox } from "cisco-support-case/sandbox";

/** A task of the page, at an instant of the sandbox's clock in milliseconds. The first one is `start`. */
export type SandboxRequest = { id: number; nowMs: number } & (
  | { type: "start"; cases: number; startMs: number }
  | { type: "fetch"; url: string; method: string; headers: [string, string][] }
  | { type: "fault"; name: string }
  | { type: "info" }
);

/** An answer to the task with the same number. */
export type SandboxReply =
  | { id: number; type: "response"; status: number; headers: [string, string][]; body: ArrayBuffer }
  | { id: number; type: "failed"; reason?: string }
  | { id: number; type: "done" }
  | {
      id: number;
      type: "info";
      baseUrl: string;
      contract_ids: string[];
      requests: { received: number; refused: number };
    };

/** The sandbox, whose cases change during the hours. */
const OPTIONS = { seed: 1, titles: "varied", movesPerHour: 90 } as const;

let started: Promise<Sandbox> | undefined;
/** The instant of the sandbox's clock, which the page sets. */
let clockMs = 0;

function start(cases: number, startMs: number): Promise<Sandbox> {
  clockMs = startMs;
  return createSandbox({ ...OPTIONS, cases, now: new Date(startMs) });
}

/** Lets the sandbox's clock follow the page's. It stands still while the page's was set back. */
function follow(sandbox: Sandbox, nowMs: number): void {
  if (nowMs <= clockMs) return;
  sandbox.advance(nowMs - clockMs);
  clockMs = nowMs;
}

async function answer(task: SandboxRequest): Promise<SandboxReply> {
  const { id } = task;
  if (task.type === "start") started = start(task.cases, task.startMs);
  const sandbox = await started;
  if (!sandbox) throw new Error("The sandbox is not started.");
  follow(sandbox, task.nowMs);
  switch (task.type) {
    case "fetch": {
      try {
        const response = await sandbox.fetch(task.url, { method: task.method, headers: task.headers });
        const body = await response.arrayBuffer();
        return { id, type: "response", status: response.status, headers: [...response.headers], body };
      } catch {
        return { id, type: "failed" };
      }
    }
    case "fault":
      sandbox.clearFaults();
      if (task.name) sandbox.fault(task.name);
      return { id, type: "done" };
    case "start":
    case "info": {
      const { contract_ids, requests } = sandbox.info({ holders: 100_000 });
      return { id, type: "info", baseUrl: sandbox.baseUrl, contract_ids, requests };
    }
  }
}

addEventListener("message", async ({ data }: MessageEvent<SandboxRequest>) => {
  // A rejection here would reach nobody: the page would wait for ever.
  const reply = await answer(data).catch((error: unknown): SandboxReply => {
    return { id: data.id, type: "failed", reason: error instanceof Error ? error.message : String(error) };
  });
  postMessage(reply, { transfer: reply.type === "response" ? [reply.body] : [] });
});
