import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { HEADERS, POLICY } from "../csp.ts";

// In the built page only: Vite's dev server injects styles and scripts that the policy would refuse.
const policy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: () => [
    { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: POLICY }, injectTo: "head-prepend" },
  ],
};

/** Names of files that the service worker loads when they are first used: a page with a gateway needs no sandbox. */
const ON_DEMAND = /sandbox/;

/** Files of the page whose names have no hash of their contents. */
const UNHASHED = ["icon.svg", "theme.js"];

/**
 * Writes `service-worker.js`, with the names of the built files that the page needs offline. Most names contain hashes of their
 * contents; those of the others are part of the version, so equal versions mean equal files.
 */
const serviceWorker: Plugin = {
  name: "service-worker",
  apply: "build",
  enforce: "post",
  configResolved: ({ base }) => {
    if (base !== "./") throw new Error("The page's addresses must be relative: it is served below any path.");
  },
  async generateBundle(_options, bundle) {
    const files = Object.keys(bundle).filter((name) => /\.(js|css|wasm)$/.test(name) && !ON_DEMAND.test(name));
    const { readFile } = await import("node:fs/promises");
    const { createHash } = await import("node:crypto");
    const source = await readFile(fileURLToPath(new URL("sync/service-worker.js", import.meta.url)), "utf8");
    const list = ["./", ...UNHASHED, ...files.sort()];
    const hash = createHash("sha256").update(list.join("\n"));
    for (const name of UNHASHED) hash.update(await readFile(new URL(`public/${name}`, import.meta.url)));
    const html = bundle["index.html"];
    if (html?.type !== "asset") throw new Error("The page is not among the built files.");
    const version = hash.update(html.source).digest("hex").slice(0, 12);
    const head = `const VERSION = "${version}";\nconst FILES = ${JSON.stringify(list)};\n`;
    this.emitFile({ type: "asset", fileName: "service-worker.js", source: head + source });
  },
};

/** Small modules that the first page shares with later parts: one file of them is smaller than many. */
const SHARED = [
  /portal\/(?:app\/(?:navigation|shown-status|store-hooks|view)|settings\/settings|ui\/(?:announcer|bidi|format|icons|server-time))\.tsx?$/,
  /pkg\/(?:client\/(?:errors|hooks|page-copy|reject-option|timer)|generated\/boundary|store\/follow-handle)\.js$/,
  /vite\/preload-helper/,
];

export default defineConfig({
  base: "./",
  plugins: [react(), policy, serviceWorker],
  // No inlining: Vite would turn a small .wasm into a data: URL, which the policy does not allow to be fetched.
  build: {
    assetsInlineLimit: 0,
    target: "es2022",
    manifest: true,
    chunkSizeWarningLimit: 700,
    rolldownOptions: { output: { codeSplitting: { groups: SHARED.map((test) => ({ name: "shared", test })) } } },
  },
  worker: { format: "es" },
  preview: { headers: HEADERS },
  // The package is in a parent folder, and the dev server serves its .wasm from there.
  server: { fs: { allow: ["../.."] } },
});
