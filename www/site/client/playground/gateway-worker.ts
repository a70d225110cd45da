// A worker of the page in which the package's gateway runs, with a sandbox as its service. The bundle replaces the modules
// of workerd that the gateway imports (`lib/scripts.js`); the Durable Object with the quota is an object of this worker.

import { CaseQuota, createGateway, type Gateway, type QuotaNamespace } from "cisco-support-case/gateway";
import { createSandbox, type FaultName, type Sandbox } from "cisco-support-case/sandbox";
import type { Faults, FromGateway, GatewaySettings, ToGateway } from "./gateway-messages.js";

/** The environment of one request, which collects its wait for the quota. */
interface Env {
  quota: QuotaNamespace;
  waitedMs: number;
}

/** The replies of the Durable Object that the playground reads. */
interface Reply {
  lease?: { waitedMs?: number } | null;
}

const post = (message: FromGateway, transferred: Transferable[] = []) =>
  postMessage(message, { transfer: transferred });

/** The storage of a Durable Object, in memory. */
function memoryStorage() {
  const values = new Map<string, unknown>();
  return {
    get: async (keys: string[]) => new Map(keys.flatMap((key) => (values.has(key) ? [[key, values.get(key)]] : []))),
    put: async (key: string, value: unknown) => void values.set(key, structuredClone(value)),
  };
}

/** An environment whose quota is a Durable Object, and which adds up the waits for it. */
function environment(object: Record<string, (...given: unknown[]) => Promise<Reply>>): Env {
  const env: Env = {
    waitedMs: 0,
    quota: {
      idFromName: (name) => name,
      get: () => ({
        ...Object.fromEntries(
          ["returnLeases", "jwks", "invalidate", "syncState"].map((name) => [
            name,
            (...given: unknown[]) => object[name]?.(...given),
          ]),
        ),
        poll: async (...given: unknown[]) => {
          const reply = await object["poll"]?.(...given);
          env.waitedMs += reply?.lease?.waitedMs ?? 0;
          return reply;
        },
      }),
    },
  };
  return env;
}

let sandbox: Sandbox;
let gateway: Gateway<Env>;
let quotaObject: Record<string, (...given: unknown[]) => Promise<Reply>>;

async function open(settings: GatewaySettings): Promise<void> {
  const { cases, movesPerHour, msPerRequest, perSecond, freshSeconds, staleSeconds } = settings;
  sandbox = await createSandbox({ cases, seed: 1, movesPerHour, msPerRequest });
  gateway = createGateway<Env>({
    // The sandbox accepts any id and secret; the page's reader may see everything.
    credentials: () => ({ clientId: "playground", clientSecret: "playground" }),
    authorize: () => ({ subject: "reader" }),
    permissions: () => ({ contract_ids: "*", user_ids: "*" }),
    upstream: () => ({ baseUrl: sandbox.baseUrl, tokenUrl: sandbox.tokenUrl }),
    quota: (env) => env.quota,
    rateLimit: { perSecond, perDay: 0 },
    cache: {
      openSeconds: freshSeconds,
      closedSeconds: freshSeconds,
      listSeconds: freshSeconds,
      closedListSeconds: freshSeconds,
      staleSeconds,
    },
    audit: false,
    fetch: async (input, init) => {
      if (input.startsWith(sandbox.baseUrl)) post({ type: "sent" });
      return (await sandbox.fetch(input, init as never)) as unknown as Response;
    },
  });
  // Its declared type is the one that workerd's runtime constructs.
  const Quota = CaseQuota as unknown as new (state: object, env: object) => typeof quotaObject;
  quotaObject = new Quota({ storage: memoryStorage() }, {});
}

function setFaults({ name, rate, latencyMs }: Faults): void {
  sandbox.clearFaults();
  if (name && rate > 0) sandbox.fault(name as FaultName, { rate });
  if (latencyMs > 0) sandbox.fault("latency", { ms: latencyMs });
}

async function respond({ number, url, method, headers }: Extract<ToGateway, { type: "request" }>): Promise<void> {
  const env = environment(quotaObject);
  const request = new Request(url, { method, headers });
  const response = await gateway.fetch(request, env, { waitUntil: (work) => void work.catch(() => {}) });
  const body = await response.arrayBuffer();
  post(
    {
      type: "response",
      number,
      status: response.status,
      headers: [...response.headers],
      body,
      waitedMs: env.waitedMs,
    },
    [body],
  );
}

addEventListener("message", async ({ data }: MessageEvent<ToGateway>) => {
  try {
    if (data.type === "open") {
      await open(data.settings);
      post({ type: "opened" });
    } else if (data.type === "faults") setFaults(data.faults);
    else await respond(data);
  } catch (error) {
    post({ type: "failed", reason: String(error) });
  }
});

post({ type: "ready" });
