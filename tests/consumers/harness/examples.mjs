// The programs in `examples/`, each in a copy of its folder, against the sandbox. The README's table does not list
// them.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, startServer } from "./commands.mjs";

const SECONDS = 180;
/** A contract of every sandbox, and a line or a record of a case. */
const CONTRACT = "1234567";
const CASE_LINE = /^"\d{9}","[1-4]","[\w ]+","[\dTZ:.-]+",".+"$/;
const CASE_TEXT = /\d{9}, severity [1-4]: /;

const example = (name, work, { takesLong } = {}) => ({
  place: `examples/${name}`,
  example: name,
  entry: "default",
  version: () => "",
  takesLong,
  run: (context) => work({ ...context, env: environment(context.sandbox) }),
});

/** The variables of all examples. The sandbox accepts any credentials. */
function environment(sandbox) {
  const CASE_TOKEN_URL = new URL("/oauth2/default/v1/token", sandbox).href;
  return { CISCO_CLIENT_ID: "id", CISCO_CLIENT_SECRET: "secret", CASE_API: sandbox, CASE_TOKEN_URL };
}

/** Returns the text of a page, once it shows a case. */
async function shown(url) {
  const response = await fetch(url);
  assert.equal(response.status, 200);
  return (await response.text()).replaceAll("<!-- -->", "");
}

export const examples = ({ wranglerDev, wrangler, freePort }) => [
  example("node-script", async ({ folder, env }) => {
    const script = (id) => run(process.execPath, ["open-cases.mjs", id], { folder, env, seconds: SECONDS });
    const [head, first, ...others] = (await script(CONTRACT)).trim().split("\n");
    assert.equal(head, "case_id,severity,status,updated_date,title");
    assert.match(first, CASE_LINE);
    assert.ok(others.length > 10);
    await assert.rejects(script("no/contract"), /contract_ids/);
  }),
  example("nightly-job", async ({ folder, env }) => {
    const job = async () => {
      const output = await run(process.execPath, ["nightly.mjs", CONTRACT], { folder, env, seconds: SECONDS });
      return Number.parseInt(output, 10);
    };
    const all = await job();
    const lines = readFileSync(join(folder, "changes.ndjson"), "utf8").trim().split("\n");
    assert.equal(lines.length, all);
    assert.ok(all > 10);
    assert.equal(JSON.parse(lines[0]).type, "changed");
    assert.equal(await job(), 0, "nothing has changed since");
    rmSync(join(folder, "cursor"));
    mkdirSync(join(folder, "cursor"));
    await assert.rejects(job(), /EISDIR/);
    const after = readFileSync(join(folder, "changes.ndjson"), "utf8").trim().split("\n");
    assert.equal(after.length, all, "a cursor that cannot be read is not taken for a first run");
  }),
  example("vite-page", async ({ browser, installed, folder, env }) => {
    const vite = join(installed, "vite/bin/vite.js");
    await run(process.execPath, [vite, "build"], { folder, env, seconds: SECONDS });
    const port = await freePort();
    const args = [vite, "preview", "--port", String(port), "--strictPort"];
    const server = await startServer(process.execPath, args, { folder, env, seconds: SECONDS }, /localhost:\d+/);
    try {
      const text = await browser.text(`http://localhost:${port}/`, "#cases li");
      assert.match(text, CASE_TEXT);
    } finally {
      await server.stop();
    }
  }),
  example("worker", async ({ folder, env, sandbox }) => {
    const lines = Object.entries(env).map(([name, value]) => `${name}="${value}"\n`);
    writeFileSync(join(folder, ".dev.vars"), lines.join(""));
    const server = await wranglerDev(process.execPath, [wrangler], sandbox, { folder, seconds: SECONDS });
    try {
      const requestCases = (ids) => fetch(new URL(`/open-cases?contract_ids=${ids}`, server.match[1]));
      const cases = await (await requestCases(CONTRACT)).json();
      assert.ok(cases.length > 0 && cases.every(({ severity }) => severity <= 2), JSON.stringify(cases).slice(0, 300));
      assert.equal((await requestCases("no%2Fcontract")).status, 400);
    } finally {
      await server.stop();
    }
  }),
  example(
    "nextjs",
    async ({ installed, folder, env }) => {
      const next = join(installed, ".bin/next");
      await run(next, ["build"], { folder, env, seconds: SECONDS });
      const port = await freePort();
      const server = await startServer(
        next,
        ["start", "--port", String(port)],
        { folder, env, seconds: SECONDS },
        /Ready/,
      );
      try {
        const page = await shown(`http://localhost:${port}/?contract=${CONTRACT}`);
        assert.match(page, /\d+ open cases/);
        assert.match(page, CASE_TEXT);
      } finally {
        await server.stop();
      }
    },
    { takesLong: true },
  ),
];
