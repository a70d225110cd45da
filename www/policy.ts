// What the page may do. Nothing but this site's own files, and no way to make a script or an element out of text: a case's
// notes are other people's words. `wasm-unsafe-eval` lets WebAssembly be compiled, and nothing else be evaluated.

/** The policy as the built page carries it, wherever it is served. */
export const POLICY = [
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

/** The same from the start, and that nobody frames the page, which only a header can say. */
export const HEADERS = {
  "Content-Security-Policy": `${POLICY}; frame-ancestors 'none'`,
  "X-Content-Type-Options": "nosniff",
};
