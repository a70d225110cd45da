// The gateway and a bare pass-through in one workerd, each on its own socket.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const tools = createRequire(new URL("../../package.json", import.meta.url));
const { build } = tools("esbuild");
const { convertV4MiniflareOptions, Miniflare } = tools("miniflare");

/** The simplest pass-through: it replaces the address and one header, without any check. */
const BARE = `export default {
  fetch(request, env) {
    const { pathname, search } = new URL(request.url);
    return fetch(env.UPSTREAM + pathname.slice("/api/case".length) + search, { headers: { authorization: "Bearer " + env.TOKEN } });
  },
};`;

/** A gateway as a partner deploys it, with the options of a measurement. */
const GATEWAY = (options) => `
import { CaseQuota, createGateway } from "gateway";
export { CaseQuota };
export default createGateway({
  credentials: (env) => ({ clientId: "synthetic", clientSecret: "synthetic-secret" }),
  upstream: (env) => ({ baseUrl: env.UPSTREAM, tokenUrl: env.TOKEN_URL }),
  jwt: (env) => ({ issuer: "https://login.example", audience: "cases", jwks: env.JWKS, algorithms: ["ES256"] }),
  permissions: { contract_ids: "contracts" },
  quota: (env) => env.CASE_QUOTA,
  audit: false,
  ...${JSON.stringify(options)},
});`;

async function modules(pkg, source) {
  let wasm;
  const keepWasm = {
    name: "wasm",
    setup: ({ onResolve }) =>
      onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
        wasm = join(resolveDir, path);
        return { path: "./gateway.wasm", external: true };
      }),
  };
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: join(import.meta.dirname, "../..") },
    bundle: true,
    write: false,
    format: "esm",
    alias: { gateway: join(pkg, "entry/gateway-workerd.js") },
    conditions: ["workerd", "worker"],
    external: ["cloudflare:workers"],
    nodePaths: [join(import.meta.dirname, "../../node_modules")],
    plugins: [keepWasm],
  });
  const script = { type: "ESModule", path: "worker.js", contents: outputFiles[0].text };
  return wasm ? [script, { type: "CompiledWasm", path: "gateway.wasm", contents: await readFile(wasm) }] : [script];
}

/** Starts Workers: `{ name: options of a gateway, or null for the bare one }`. Returns their addresses. */
export async function open(pkg, workers, bindings) {
  const names = Object.keys(workers);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: await Promise.all(
        names.map(async (name) => ({
          name,
          modules: await modules(pkg, workers[name] ? GATEWAY(workers[name]) : BARE),
          compatibilityDate: "2026-10-01",
          bindings,
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
          ...(workers[name] ? { durableObjects: { CASE_QUOTA: { className: "CaseQuota", useSQLite: true } } } : {}),
        })),
      ),
    }),
  );
  await miniflare.ready;
  const addresses = await Promise.all(names.map((name) => miniflare.unsafeGetDirectURL(name)));
  return {
    addresses: Object.fromEntries(names.map((name, at) => [name, addresses[at].origin])),
    close: () => miniflare.dispose(),
  };
}
