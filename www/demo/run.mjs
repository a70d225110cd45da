// Runs the whole chain on this machine: the sandbox on a port, and worker.ts in workerd before it. `cargo xtask demo` and
// the portal's tests start it.
//
//   node run.mjs --port N --site FOLDER [--still]
//
//   TOOLS    a package.json whose packages are wrangler and miniflare
//   --still  the sandbox's clock stands still, no case moves, and only what goes wrong is told
//
// It ends when its standard input does, or when one of its parts does: nobody is left behind.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { bundle } from "./bundle.mjs";

const here = import.meta.dirname;
const tools = process.env.TOOLS;
const { values } = parseArgs({
  options: { port: { type: "string" }, site: { type: "string" }, still: { type: "boolean", default: false } },
});
const PAGE = 100;
const CONTENTS = ["--cases", "5000", "--seed", "1"];
/** Enough to see something new now and then. */
const MOVING = ["--live", "--moves-per-hour", "120"];
const NAMES = [
  ["northwind", "Northwind Health"],
  ["alder", "Alder Logistics"],
];

const ends = [];
let isEnding = false;
let token;

async function end(code, sentence) {
  if (isEnding) return;
  isEnding = true;
  if (sentence) console.error(`demo: ${sentence}`);
  await Promise.race([Promise.allSettled(ends.map((stop) => stop())), pause(3000)]);
  process.exit(code);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => end(0));
process.stdin
  .on("end", () => end(0))
  .on("error", () => end(0))
  .resume();

try {
  const sandbox = await startSandbox();
  const tenants = await divide(sandbox);
  await startWorker(sandbox, tenants);
} catch (error) {
  await end(1, error.message);
}

async function startSandbox() {
  const command = join(here, "../node_modules/cisco-support-case/cli/main.js");
  const options = [...CONTENTS, ...(values.still ? [] : MOVING)];
  const child = spawn(process.execPath, [command, "sandbox", "--port", "0", ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  ends.push(() => child.kill());
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
  child.once("exit", (code, signal) => end(1, `the sandbox ended with ${code ?? signal}`));
  return address;
}

/**
 * Two tenants out of one case base: half of the contracts each, and those users all of whose cases lie in one half. The
 * first half grows from the contract with most cases, each time by the one that shares most cases' users with it.
 */
async function divide(sandbox) {
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
    // A case that the other tenant sees by neither its contract nor its user.
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
        modules: await bundle(here, tools, join(here, `.wrangler/bundle-${process.pid}`)),
        compatibilityDate: "2026-10-01",
        durableObjects: { CASE_QUOTA: { className: "CaseQuota", useSQLite: true } },
        assets: {
          directory: values.site,
          binding: "ASSETS",
          routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
        },
        bindings: { SANDBOX: sandbox, BEFORE: requests.received, SIGNING_KEY: await signingKey(), TENANTS: tenants },
      },
    ],
    handleStructuredLogs: ({ level, message }) => {
      if (level === "error" || level === "warn") console.error(message);
      else if (!values.still) console.log(message);
    },
  });
  const miniflare = new Miniflare(options);
  ends.push(() => miniflare.dispose());
  await miniflare.ready;
  watch();
}

/** Miniflare starts workerd again where it breaks. Where nobody listens any more, it could not. */
function watch() {
  const socket = connect(Number(values.port), "127.0.0.1");
  socket.once("error", () => end(1, "workerd ended"));
  socket.once("connect", () => {
    socket.destroy();
    setTimeout(watch, 1000);
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

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
