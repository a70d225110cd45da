import { defineConfig, type Plugin } from "vite";
import { HEADERS, POLICY } from "./csp.ts";

// In the built page only: Vite's dev server injects styles and scripts that the policy would refuse.
const policy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: () => [
    { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: POLICY }, injectTo: "head-prepend" },
  ],
};

export default defineConfig({
  plugins: [policy],
  // No inlining: Vite would turn a small .wasm into a data: URL, which the policy does not allow to be fetched.
  build: { assetsInlineLimit: 0, target: "es2022" },
  preview: { headers: HEADERS },
  // The package is in the parent folder, and the dev server serves its .wasm from there.
  server: { fs: { allow: [".."] } },
});
