// Runs the demo on this machine: the sandbox on a port of its own, and worker.ts in workerd as its client. `cargo xtask
// demo` and the portal's tests start it.
//
//   node run.mjs --port N --site FOLDER [--still] [--cases N]
//
//   TOOLS    a package.json whose packages are wrangler and miniflare
//   --cases  the number of cases [default: 20000, or 3000 with --still]
//   --still  a clock that stands until the page advances it, fewer cases, no copy of them, and no output but errors
//
// It exits when its standard input closes or one of its processes exits, and stops all others first.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { startOfHistory } from "../portal/app/history.ts";
import { bundle } from "./bundle.mjs";
import { readMigrations } from "./migrations.mjs";

const here = import.meta.dirname;
const tools = process.env.TOOLS;
const { values } = parseArgs({
  options: {
    port: { type: "string" },
    site: { type: "string" },
    still: { type: "boolean", default: false },
    cases: { type: "string" },
  },
});
const PAGE = 100;
/** Time between two runs of the copy, in milliseconds. A deployed Worker has a schedule of minutes. */
const COPY_INTERVAL_MS = 20_000;
/** Time after a run that was cut, or that found another one running. */
const COPY_PAUSE_MS = 1000;
/** Cases, and their changes in an hour of the sandbox's clock. */
const CONTENTS = [
  "--cases",
  values.cases ?? (values.still ? "3000" : "20000"),
  "--seed",
  "1",
  "--titles",
  "varied",
  "--moves-per-hour",
  "240",
];
const NAMES = [
  ["northwind", "Northwind Health"],
  ["alder", "Alder Logistics"],
];

const stops = [];
let isExiting = false;
/** The time until the next run of the copy, by the report of the last one. */
let copyWaitMs = COPY_PAUSE_MS;
let token;

async function exit(code, sentence) {
  if (isExiting) return;
  isExiting = true;
  if (sentence) console.error(`demo: ${sentence}`);
  await Promise.race([Promise.allSettled(stops.map((stop) => stop())), sleep(3000)]);
  process.exit(code);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => exit(0));
process.stdin
  .on("end", () => exit(0))
  .on("error", () => exit(0))
  .resume();

try {
  const sandbox = await startSandbox();
  const tenants = await divideTenants(sandbox);
  await startWorker(sandbox, tenants);
} catch (error) {
  await exit(1, error.message);
}

async function startSandbox() {
  const command = join(here, "../node_modules/cisco-support-case/cli/main.js");
  const options = [...CONTENTS, ...(values.still ? [] : ["--live"])];
  const child = spawn(process.execPath, [command, "sandbox", "--port", "0", ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  stops.push(() => child.kill());
  process.on("exit", () => child.kill());
  let text = "";
  const address = await new Promise((resolve, reject) => {
    child.stdout.on("data", (data) => {
      text += data;
      const [, found] = /listening on (http:\S+)/.exec(text) ?? [];
      if (found) resolve(found);
    });
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      reject(new Error(`the sandbox ended with ${code ?? signal} before it served`)),
    );
  });
  child.once("exit", (code, signal) => exit(1, `the sandbox ended with ${code ?? signal}`));
  return address;
}

/**
 * Divides the case base between two tenants: each gets half of the contracts, and the users whose cases are all in that
 * half. The first half starts with the contract with the most cases and grows by the contract that shares the most users.
 */
async function divideTenants(sandbox) {
  const { contract_ids } = await (await fetch(`${sandbox}/__sandbox?holders=1000`)).json();
  const cases = new Map();
  for (const id of contract_ids) cases.set(id, await casesOf(sandbox, id));
  const first = new Set(contract_ids.slice(0, 1));
  const known = new Set();
  while (first.size < contract_ids.length / 2) {
    for (const { user_id } of cases.get([...first].at(-1))) known.add(user_id);
    const shared = (id) => cases.get(id).filter(({ user_id }) => known.has(user_id)).length / cases.get(id).length;
    const others = contract_ids.filter((id) => !first.has(id));
    first.add(others.reduce((best, id) => (shared(id) > shared(best) ? id : best)));
  }
  const halves = [[...first], contract_ids.filter((id) => !first.has(id))];
  const usersOf = halves.map((ids) => {
    const counts = new Map();
    for (const { user_id } of ids.flatMap((id) => cases.get(id))) counts.set(user_id, (counts.get(user_id) ?? 0) + 1);
    return counts;
  });
  return halves.map((ids, half) => {
    const [id, name] = NAMES[half];
    const counts = usersOf[half];
    const own = [...counts.keys()].filter((user) => user && !usersOf[1 - half].has(user));
    const user_ids = own.sort((a, b) => counts.get(b) - counts.get(a));
    // A case that the other tenant cannot see, neither by its contract nor by its user.
    const apart = ids.map((contract) => cases.get(contract).findLast(({ user_id }) => user_ids.includes(user_id)));
    return { id, name, contract_ids: ids, user_ids, case_ids: apart.filter(Boolean).map(({ case_id }) => case_id) };
  });
}

async function casesOf(sandbox, contract) {
  token ??= fetch(`${sandbox}/oauth2/default/v1/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "client_credentials", client_id: "demo", client_secret: "demo" }),
  }).then((response) => response.json());
  const headers = { authorization: `Bearer ${(await token).access_token}` };
  const all = [];
  for (let page = 1; ; page += 1) {
    const response = await fetch(`${sandbox}/case/v3/cases/contracts/contract_ids/${contract}?page_index=${page}`, {
      headers,
    });
    const { cases } = await response.json();
    all.push(...cases);
    if (cases.length < PAGE) return all;
  }
}

async function startWorker(sandbox, tenants) {
  const { convertV4MiniflareOptions, Miniflare } = createRequire(tools)("miniflare");
  const { requests } = await (await fetch(`${sandbox}/__sandbox`)).json();
  const options = convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: Number(values.port),
    workers: [
      {
        name: "demo",
        modules: await bundle(here, tools, join(here, `.wrangler/bundle-${process.pid}`), "wrangler.jsonc", {
          START_OF_HISTORY: startOfHistory(),
        }),
        compatibilityDate: "2026-10-01",
        durableObjects: {
          CASE_QUOTA: { className: "CaseQuota", useSQLite: true },
          CASE_LIVE: { className: "CaseLive", useSQLite: true },
        },
        ...(!values.still && { d1Databases: { CASES: "cases" } }),
        assets: {
          directory: values.site,
          binding: "ASSETS",
          routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
        },
        bindings: { SANDBOX: sandbox, BEFORE: requests.received, SIGNING_KEY: await signingKey(), TENANTS: tenants },
      },
    ],
    handleStructuredLogs: ({ level, message }) => {
      if (message.startsWith('{"copy":')) {
        const { copy, complete } = JSON.parse(message);
        copyWaitMs = complete || copy === "failed" ? COPY_INTERVAL_MS : COPY_PAUSE_MS;
      }
      if (level === "error" || level === "warn") console.error(message);
      else if (!values.still) console.log(message);
    },
  });
  const miniflare = new Miniflare(options);
  stops.push(() => miniflare.dispose());
  await miniflare.ready;
  if (!values.still) await startCopy(miniflare);
  watchPort();
}

/** Makes the tables of the copy, and lets the Worker bring it up to date again and again. */
async function startCopy(miniflare) {
  const database = await miniflare.getD1Database("CASES");
  const statements = readMigrations(join(here, "../node_modules/cisco-support-case"));
  await database.batch(statements.map((text) => database.prepare(text)));
  const worker = await miniflare.getWorker();
  const run = async () => {
    await worker.scheduled({ cron: "* * * * *" }).catch((error) => {
      copyWaitMs = COPY_INTERVAL_MS;
      console.error(`demo: ${error.message}`);
    });
    if (!isExiting) setTimeout(run, copyWaitMs);
  };
  run();
}

/** Exits when the port is closed: Miniflare restarts a crashed workerd, so a closed port means that it failed to. */
function watchPort() {
  const socket = connect(Number(values.port), "127.0.0.1");
  socket.once("error", () => exit(1, "workerd ended"));
  socket.once("connect", () => {
    socket.destroy();
    setTimeout(watchPort, 1000);
  });
}

async function signingKey() {
  const { privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", privateKey);
  return { kty, crv, x, y, d, kid: crypto.randomUUID(), alg: "ES256" };
}

function sleep(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
