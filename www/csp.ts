// The page's Content Security Policy: only this site's own files, and no way to turn text into a script or an element,
// because a case's notes are untrusted text. `wasm-unsafe-eval` permits compiling WebAssembly and no other evaluation. The only
// Trusted Types policy is that of the addresses of the page's own workers.

/** The policy in the built page's `meta` element, which holds on any host. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types portal-workers",
].join("; ");

/** The policy as a header, with `frame-ancestors`, which a `meta` element cannot set. */
export const HEADERS = {
  "Content-Security-Policy": `${POLICY}; frame-ancestors 'none'`,
  "X-Content-Type-Options": "nosniff",
};
