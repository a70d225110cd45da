// The Worker template in www/worker: it can be deployed, its types are correct, and it rejects all requests until it is
// configured. WWW is the folder www.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { before, test } from "node:test";
import { promisify } from "node:util";

const require = createRequire(process.env.TOOLS);
const { convertV4MiniflareOptions, Miniflare } = require("miniflare");

// Next to node_modules, which has the packed package.
const project = join(import.meta.dirname, "..");
const worker = join(project, "worker");
const out = join(worker, ".wrangler/out");

const tool = async (path, ...args) => {
  const script = join(process.env.TOOLS, "../node_modules", path);
  const how = { cwd: worker, env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true" } };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, ...args], how).catch((error) => {
    throw new Error(`${path}: ${error.stdout}${error.stderr}`);
  });
  return stdout + stderr;
};

let output;

before(async () => {
  for (const name of ["worker", "demo", "csp.ts"]) {
    await rm(join(project, name), { recursive: true, force: true });
    await cp(join(process.env.WWW, name), join(project, name), {
      recursive: true,
      filter: (path) => !/node_modules|\.wrangler/.test(path.slice(process.env.WWW.length)),
    });
  }
  output = await tool("wrangler/bin/wrangler.js", "deploy", "--dry-run", "--outdir", out);
});

test("the template can be deployed without warnings", async () => {
  assert.doesNotMatch(output, /warning|error/i);
  for (const binding of [/env\.CASE_QUOTA \(CaseQuota\)/, /env\.CASE_LIVE \(CaseLive\)/, /env\.CASES \(cases\)/]) {
    assert.match(output, binding);
  }
  const names = (await readdir(out)).filter((name) => /\.(js|wasm)$/.test(name));
  // That of the gateway, and the client's two, with which the copy reads the service.
  assert.equal(names.filter((name) => name.endsWith(".wasm")).length, 3, names.join(" "));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(out, name))).size));
  // Far below Cloudflare's limit on its free plan: 3 MB compressed.
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 1_600_000, `${sizes}`);
});

test("its code is short and contains no secret", async () => {
  const code = await readFile(join(worker, "src/index.ts"), "utf8");
  const lines = code
    .slice(code.indexOf("export default"))
    .split("\n")
    .filter((line) => !/^\s*(\/\/.*)?$/.test(line));
  assert.ok(lines.length <= 24, `${lines.length} lines`);
  const settings = await readFile(join(worker, "wrangler.jsonc"), "utf8");
  assert.doesNotMatch(settings, /CISCO_CLIENT_/);
});

test("its types and the demo's compile", async () => {
  await tool("wrangler/bin/wrangler.js", "types", "--include-env=false");
  await tool("typescript/bin/tsc", "--project", worker);
  await tool("typescript/bin/tsc", "--project", join(project, "demo"));
});

test("deployed without configuration it rejects all requests", async () => {
  const files = (await readdir(out)).filter((name) => /\.(js|wasm)$/.test(name));
  files.sort((a, b) => Number(b.endsWith(".js")) - Number(a.endsWith(".js")));
  const modules = await Promise.all(
    files.map(async (path) => {
      const contents = await readFile(join(out, path));
      const isWasm = path.endsWith(".wasm");
      return { type: isWasm ? "CompiledWasm" : "ESModule", path, contents: isWasm ? contents : contents.toString() };
    }),
  );
  // The identity provider in wrangler.jsonc is a placeholder: it serves no keys.
  const bindings = {
    JWT_ISSUER: "https://login.example.com/",
    JWT_AUDIENCE: "case-portal",
    JWKS_URI: "http://127.0.0.1:9/jwks",
  };
  const durableObjects = {
    CASE_QUOTA: { className: "CaseQuota", useSQLite: true },
    CASE_LIVE: { className: "CaseLive", useSQLite: true },
  };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: [{ name: "worker", modules, compatibilityDate: "2026-10-01", durableObjects, bindings }],
      handleStructuredLogs: () => {},
    }),
  );
  try {
    const sendRequest = async (headers) => {
      const response = await miniflare.dispatchFetch("http://gateway.example/api/case/cases/case_ids/680000000", {
        headers,
      });
      return [response.status, (await response.json()).error.code];
    };
    assert.deepEqual(await sendRequest({}), [401, "IDENTITY_MISSING"]);
    const [head, body] = [{ alg: "ES256" }, { sub: "somebody" }].map((part) =>
      Buffer.from(JSON.stringify(part)).toString("base64url"),
    );
    assert.deepEqual(await sendRequest({ authorization: `Bearer ${head}.${body}.AAAA` }), [
      503,
      "IDENTITY_UNAVAILABLE",
    ]);
  } finally {
    await miniflare.dispose();
  }
});
