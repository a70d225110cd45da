import { defineConfig, type Plugin } from "vite";

// Nothing but this site's own files, and no way to make a script or an element out of text: a case's notes are other
// people's words. `wasm-unsafe-eval` lets WebAssembly be compiled, and nothing else be evaluated.
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

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
  // The package lies beside this folder, and its .wasm is fetched from there.
  server: { fs: { allow: [".."] } },
});
