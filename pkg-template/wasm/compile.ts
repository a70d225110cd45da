// Compiles a wasm module from its URL or its bytes.

/** Compiles a module; streaming, if the server sends `application/wasm`. */
export async function compile(given: URL | BufferSource): Promise<WebAssembly.Module> {
  if (!(given instanceof URL)) return WebAssembly.compile(given);
  const response = await fetch(given);
  const type = response.headers.get("content-type") ?? "";
  // A single-page server answers a missing file with its HTML page.
  if (!response.ok || /^text\/html/i.test(type)) {
    throw new Error(`${given} was answered with ${response.status} ${type}`);
  }
  if (type.startsWith("application/wasm") && "compileStreaming" in WebAssembly)
    return WebAssembly.compileStreaming(response);
  // Next.js wraps the argument of `compile` in a synchronous function, so it must not contain `await`.
  const body = await response.arrayBuffer();
  return WebAssembly.compile(body);
}
