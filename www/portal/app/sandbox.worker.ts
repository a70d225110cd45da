// The sandbox in a worker: it answers by messages, so that a long fill never blocks the page.

import { createSandbox, type Sandbox } from "cisco-support-case/sandbox";

/** A task of the page. */
export type SandboxRequest =
  | { id: number; type: "fetch"; url: string; method: string; headers: [string, string][] }
  | { id: number; type: "fault"; name: string }
  | { id: number; type: "advance"; ms: number }
  | { id: number; type: "info" };

/** An answer to the task with the same number. */
export type SandboxReply =
  | { id: number; type: "response"; status: number; headers: [string, string][]; body: ArrayBuffer }
  | { id: number; type: "failed" }
  | { id: number; type: "done" }
  | {
      id: number;
      type: "info";
      baseUrl: string;
      contract_ids: string[];
      requests: { received: number; refused: number };
    };

/** The sandbox, whose cases change during the hours. The worker's name is the number of its cases. */
const OPTIONS = { cases: Number(name), seed: 1, titles: "varied", live: true, movesPerHour: 90 } as const;
/** The time for which cases have changed when the page opens, so that not all changes are of this minute. */
const PAST_MS = 36 * 3_600_000;

let started: Promise<Sandbox> | undefined;

async function start(): Promise<Sandbox> {
  const sandbox = await createSandbox({ ...OPTIONS, now: new Date(Date.now() - PAST_MS) });
  sandbox.advance(PAST_MS);
  return sandbox;
}

async function answer(task: SandboxRequest): Promise<SandboxReply> {
  const { id } = task;
  const sandbox = await (started ??= start());
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
    case "advance":
      sandbox.advance(task.ms);
      return { id, type: "done" };
    case "info": {
      const { contract_ids, requests } = sandbox.info({ holders: 100_000 });
      return { id, type: "info", baseUrl: sandbox.baseUrl, contract_ids, requests };
    }
  }
}

addEventListener("message", async ({ data }: MessageEvent<SandboxRequest>) => {
  const reply = await answer(data);
  postMessage(reply, { transfer: reply.type === "response" ? [reply.body] : [] });
});
