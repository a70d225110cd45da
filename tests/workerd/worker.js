// A partner's Worker: it imports the package by its name and responds with the package's results.

import { AsyncLocalStorage } from "node:async_hooks";
import * as caseApi from "cisco-support-case";
import { CaseClient, checkCaseSummary, isCaseApiError } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";
import { CaseStore, custom } from "cisco-support-case/store";
// Internal files that no entry exports: the instances that the package itself uses.
import { outcomes as contexts } from "../context/scenario.js";
import * as modules from "../node_modules/cisco-support-case/client/wasm-instance.js";
import { outcomes as panics } from "../panics/scenario.js";

// In the global scope of the module, where a Worker may load code but not fetch.
const loaded = checkCaseSummary({ case_ids: ["612345678"] }).length === 0;

let service;

async function client() {
  service ??= createSandbox({ cases: 500, seed: 3 });
  const sandbox = await service;
  return { sandbox, cases: new CaseClient({ fetch: sandbox.fetch, baseUrl: sandbox.baseUrl, token: "synthetic" }) };
}

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const { sandbox, cases } = await client();
    const contract_ids = sandbox.info().contract_ids.slice(0, 3);
    try {
      switch (pathname) {
        case "/loaded":
          return Response.json({ loaded });
        case "/page":
          return Response.json(await cases.casesByContract({ contract_ids }));
        case "/openapi": {
          const { openapi, servers } = await (
            await sandbox.fetch("https://sandbox.invalid/__sandbox/openapi.json")
          ).json();
          return Response.json({ openapi, url: servers[0].url });
        }
        case "/all": {
          const ids = [];
          for await (const one of cases.casesByContract({ contract_ids })) ids.push(one.case_id);
          return Response.json({ ids });
        }
        case "/store": {
          const saved = new Map();
          const persist = custom({
            read: async (keys) => keys.map((key) => saved.get(key)),
            write: async (puts, removes) => {
              for (const [key, bytes] of puts) saved.set(key, bytes.slice());
              for (const key of removes) saved.delete(key);
            },
            keys: async () => [...saved.keys()],
            clear: async () => saved.clear(),
          });
          const store = await CaseStore.open({ scope: "worker", persist });
          const unlimited = new CaseClient(sandbox.clientOptions);
          const page = await unlimited.casesByContract({ contract_ids });
          store.apply(page);
          // No object was made for a case of the page so far.
          const isCompact = Object.getOwnPropertyDescriptor(page, "cases").get !== undefined;
          const { size } = store;
          const followed = store.follow(unlimited, { contract_ids });
          await followed.whenFilled();
          await followed.stop();
          const filled = store.size;
          await store.close();
          const again = await CaseStore.open({ scope: "worker", persist });
          return Response.json({ isCompact, sizes: [size, page.cases.length], saved: [filled, again.size] });
        }
        case "/bulk": {
          const all = sandbox.info().contract_ids;
          const params = { contract_ids: all, date_created_from: "2024-03-01T00:00:00Z" };
          const many = new CaseClient({
            fetch: sandbox.fetch,
            baseUrl: sandbox.baseUrl,
            token: "x",
            rateLimit: { perSecond: 0, perDay: 0, perMinute: 0 },
          });
          const read = [];
          for await (const one of many.allCases(params)) read.push(one.case_id);
          const changes = many.changes({ contract_ids: all, status_flag: "O" });
          let open = 0;
          for await (const _ of changes) open += 1;
          const { cases: count, open: isOpen } = sandbox.info();
          return Response.json({
            read: new Set(read).size === read.length,
            share: read.length / count,
            open: open / isOpen,
            cursor: typeof changes.cursor(),
          });
        }
        case "/summary-details-user": {
          const { cases: list } = await cases.casesByContract({ contract_ids });
          const [{ case_id, user_id }] = list;
          const summary = await cases.caseSummary({ case_ids: [case_id] });
          const detail = await cases.caseDetails({ case_id });
          const byUser = await cases.casesByUser({ user_ids: [user_id] });
          return Response.json([summary.cases[0].case_id, detail.case_id, byUser.cases.length > 0, case_id]);
        }
        case "/panics":
          return Response.json(await panics({ caseApi, createSandbox, modules }));
        case "/contexts":
          return Response.json(await contexts({ caseApi, createSandbox, AsyncLocalStorage }));
        case "/unknown":
          return Response.json(await cases.caseDetails({ case_id: "699999999999" }));
        case "/abort":
          return Response.json(await cases.caseDetails({ case_id: "612345678" }, { signal: AbortSignal.abort("why") }));
        case "/late-abort": {
          const controller = new AbortController();
          setTimeout(() => controller.abort("late"), 30);
          const hangs = new CaseClient({ fetch: () => new Promise(() => {}), token: "synthetic" });
          return Response.json(await hangs.caseDetails({ case_id: "612345678" }, { signal: controller.signal }));
        }
        case "/stalled": {
          let cancelled = false;
          const fetch = async (url, { signal }) => {
            signal.addEventListener("abort", () => (cancelled = true));
            const { readable, writable } = new TransformStream();
            writable
              .getWriter()
              .write(new TextEncoder().encode('{"count":'))
              .catch(() => {});
            return new Response(readable);
          };
          const stalls = new CaseClient({ fetch, timeoutMs: 100 });
          const error = await stalls.caseSummary({ case_ids: ["612345678"] }).catch((error) => error);
          return Response.json({ kind: error.kind, cancelled });
        }
        case "/rejects": {
          const fetch = () => Promise.reject("a text");
          const error = await new CaseClient({ fetch, maxRetries: 0 })
            .caseSummary({ case_ids: ["1"] })
            .catch((error) => error);
          return Response.json({ kind: error.kind, cause: error.cause });
        }
        case "/retry": {
          sandbox.fault("over_capacity", { times: 1 });
          const retries = [];
          const hooks = { onRetry: ({ code, attempt }) => retries.push([code, attempt]) };
          const options = {
            fetch: sandbox.fetch,
            baseUrl: sandbox.baseUrl,
            token: "synthetic",
            backoff: { baseMs: 5 },
          };
          const { attempts } = await new CaseClient({ ...options, hooks })
            .casesByContract({ contract_ids })
            .withResponse();
          return Response.json({ attempts, retries });
        }
        case "/rate-limit": {
          const options = { fetch: sandbox.fetch, baseUrl: sandbox.baseUrl, token: "synthetic" };
          const paced = new CaseClient({ ...options, rateLimit: { perSecond: 2 } });
          const calls = [1, 2, 3].map(() => paced.casesByContract({ contract_ids }).withResponse());
          const waited = (await Promise.all(calls)).map(({ waitedMs }) => waitedMs);
          return Response.json({ waited, second: paced.budget().second });
        }
        case "/own-fetch":
          // The runtime's own fetch, with an address at which no server listens.
          return Response.json(
            await new CaseClient({ baseUrl: "http://127.0.0.1:9/case/v3", timeoutMs: 5000 }).caseDetails({
              case_id: "612345678",
            }),
          );
      }
    } catch (error) {
      return Response.json({ caught: isCaseApiError(error), ...error.toJSON?.(), message: String(error) });
    }
    return new Response("not found", { status: 404 });
  },
};
