// The built site on a host below a path, under a strict policy, with WebAssembly of an unknown type.

import { serve } from "../static-server.mjs";
import { SITE } from "./built-site.mjs";

/** A policy as strict as a host may send it. The pages' own is stricter. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** Serves the site below a path, as a host that does not know the type of WebAssembly. */
export async function serveSite(base) {
  const headers = (path) => ({
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    ...(path.endsWith(".wasm") && { "Content-Type": "application/octet-stream" }),
  });
  const server = await serve({ [base]: SITE }, { headers });
  return { address: `http://127.0.0.1:${server.port}${base}`, close: server.close };
}
