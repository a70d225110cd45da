// Environment of a Worker with a client at module scope: the service, which counts its requests, and callers, some of
// which cancel.

import { once } from "node:events";
import { createServer, request } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { createSandbox } from "cisco-support-case/sandbox";

const require = createRequire(process.env.TOOLS);
const { convertV4MiniflareOptions, Miniflare } = require("miniflare");
// WWW is the folder www: the demo bundles its Worker in the same way.
const { bundle } = await import(pathToFileURL(join(process.env.WWW, "demo/bundle.mjs")));

// The shared helpers are not copied into the project of the tests.
export const { random } = await import(new URL("random.mjs", pathToFileURL(process.env.TOOLS)));

/**
 * Starts the service on a port, with a latency of 5 to 60 ms. `tokens` is the behaviour of the token endpoint: "fine",
 * or "fails and is slow" (it rejects every other request, with a latency of 30 to 150 ms), or a function that is
 * awaited before each response.
 */
export async function service({ seed, auth = "strict", tokens = "fine" }) {
  const sandbox = await createSandbox({ cases: 2000, seed: 7, auth });
  const { fraction } = random(seed);
  /** `sent` are the Worker's own times of its requests to the service, in milliseconds. */
  const counts = { requests: 0, tokens: 0, tokensGiven: 0, tokensAbandoned: 0, sent: [] };
  const reports = new Map();
  const waiting = [];
  const changed = () => waiting.splice(0).forEach((look) => look());

  const body = async (incoming) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    return Buffer.concat(chunks);
  };

  async function answer(incoming, outgoing) {
    const url = new URL(incoming.url, "http://sandbox.invalid");
    const sent = await body(incoming);
    if (url.pathname === "/report") {
      reports.set(url.search, JSON.parse(String(sent)));
      outgoing.end();
      return changed();
    }
    const isToken = incoming.method === "POST";
    if (isToken) {
      const number = (counts.tokens += 1);
      outgoing.once("close", () => {
        if (!outgoing.writableFinished) counts.tokensAbandoned += 1;
        changed();
      });
      changed();
      if (typeof tokens === "function") await tokens(number);
      if (tokens === "fails and is slow") {
        await sleep(30 + fraction() * 120);
        if (number % 2 === 1) return outgoing.writeHead(503).end();
      }
      counts.tokensGiven += 1;
    } else {
      counts.requests += 1;
      counts.sent.push(Number(incoming.headers["x-sent"]));
      await sleep(5 + fraction() * 55);
    }
    const { method, headers } = incoming;
    const response = await sandbox.fetch(url.href, { method, headers, ...(isToken && { body: String(sent) }) });
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  }

  const server = createServer({ keepAliveTimeout: 0 }, (incoming, outgoing) => {
    // A cancelled request gets no response.
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${server.address().port}`;
  const { contract_ids } = sandbox.info();
  const cases = [];
  for (let page = 1, last = 1; page <= last; page += 1) {
    const path = `/cases/contracts/contract_ids/${contract_ids.slice(0, 10)}?page_index=${page}`;
    const list = await (await sandboxed(sandbox, path)).json();
    last = list.pagination_response_record.last_index;
    cases.push(...list.cases.map(({ case_id, title }) => ({ case_id, title })));
  }
  return {
    counts,
    reports,
    /** Expected results of the calls. */
    cases,
    contract_ids,
    options: {
      baseUrl: `${origin}/case/v3`,
      ...(auth === "strict"
        ? {
            credentials: {
              clientId: "synthetic",
              clientSecret: "not a secret",
              tokenUrl: `${origin}/oauth2/default/v1/token`,
            },
          }
        : { token: "synthetic" }),
    },
    report: `${origin}/report`,
    /** Makes all tokens expire. */
    expire: () => sandbox.advance(2 * 3600 * 1000),
    /** Returns the number of cases of a contract. */
    sizeOf: async (contract_id) =>
      (await (await sandboxed(sandbox, `/cases/contracts/contract_ids/${contract_id}`)).json())
        .pagination_response_record.total_records,
    /** Waits until a condition is true, or fails after a time limit. */
    async until(isSo, what, ms = 20_000) {
      const deadline = Date.now() + ms;
      while (!isSo()) {
        const left = deadline - Date.now();
        if (left <= 0) throw new Error(`not in ${ms} ms: ${what}`);
        let timer;
        await new Promise((look) => {
          waiting.push(look);
          timer = setTimeout(look, left);
        });
        clearTimeout(timer);
      }
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The sandbox's response to a request with a token. */
async function sandboxed(sandbox, path) {
  const form = { method: "POST", body: "grant_type=client_credentials&client_id=a&client_secret=b" };
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const { access_token } = await (await sandbox.fetch(sandbox.tokenUrl, { ...form, headers })).json();
  return sandbox.fetch(sandbox.baseUrl + path, { headers: { authorization: `Bearer ${access_token}` } });
}

/** Starts Workers in one workerd (`{ name: bindings }`), each with its own isolate, object and port. */
export async function workers(bindingsOf) {
  const folder = import.meta.dirname;
  const modules = await bundle(folder, process.env.TOOLS, join(folder, ".bundle-shared"), "wrangler-shared.jsonc");
  const log = [];
  const names = Object.keys(bindingsOf);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: names.map((name) => ({
        name,
        modules,
        compatibilityDate: "2026-10-01",
        // The port of workerd itself, without miniflare's proxy: it sees cancelled requests.
        unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
        durableObjects: { CALLER: { className: "Caller", useSQLite: true } },
        bindings: bindingsOf[name],
      })),
      handleStructuredLogs: ({ level, message }) => log.push(`${level}: ${message}`),
    }),
  );
  await miniflare.ready;
  const ports = {};
  for (const name of names) ports[name] = Number((await miniflare.unsafeGetDirectURL(name)).port);
  return { log, ports, stop: () => miniflare.dispose() };
}

/**
 * Calls a Worker; resolves to its response, or to `{ left: true }`. `leave` is a promise, or the time in milliseconds
 * after which the caller cancels; `undefined` is never.
 */
export function caller(port, path, leave, patienceMs = 30_000) {
  return new Promise((done) => {
    const outgoing = request({ host: "127.0.0.1", port, path, agent: false });
    let timer;
    const end = (found) => {
      clearTimeout(timer);
      done(found);
      // The runtime detects a reset connection. It treats a merely closed one as a caller that still reads.
      if (found.left) outgoing.socket?.resetAndDestroy();
      outgoing.destroy();
    };
    if (leave instanceof Promise) leave.then(() => end({ left: true }));
    else
      timer = setTimeout(
        end,
        leave ?? patienceMs,
        leave === undefined ? { unanswered: `nothing in ${patienceMs} ms` } : { left: true },
      );
    outgoing.once("error", (error) => end({ unanswered: error.message }));
    outgoing.once("response", async (incoming) => {
      let text = "";
      try {
        for await (const chunk of incoming.setEncoding("utf8")) text += chunk;
        end(JSON.parse(text));
      } catch {
        end({ unanswered: `${incoming.statusCode}: ${text}` });
      }
    });
    outgoing.end();
  });
}
