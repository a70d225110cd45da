import { defineConfig, type Plugin } from "vite";
import { HEADERS, POLICY } from "./policy.ts";

// Only in the built page: vite's dev server puts styles and scripts into the page that the policy would refuse.
const policy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: () => [
    { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: POLICY }, injectTo: "head-prepend" },
  ],
};

export default defineConfig({
  plugins: [policy],
  // A small .wasm would be put into the script as a data: address, from which the policy lets nothing be fetched.
  build: { assetsInlineLimit: 0, target: "es2022" },
  preview: { headers: HEADERS },
  // The package lies beside this folder, and its .wasm is fetched from there.
  server: { fs: { allow: [".."] } },
});
