// Compiles a module that is behind an address, or in its bytes.

/** Compiles a module, as it comes in where the server tells its type. */
export async function compile(given: URL | BufferSource): Promise<WebAssembly.Module> {
  if (!(given instanceof URL)) return WebAssembly.compile(given);
  const response = await fetch(given);
  const type = response.headers.get("content-type") ?? "";
  // A server that answers any address with a page has no such file either.
  if (!response.ok || /^text\/html/i.test(type)) {
    throw new Error(`${given} was answered with ${response.status} ${type}`);
  }
  if (type.startsWith("application/wasm") && "compileStreaming" in WebAssembly)
    return WebAssembly.compileStreaming(response);
  // Next.js puts what `compile` is given into a function that waits for nothing.
  const body = await response.arrayBuffer();
  return WebAssembly.compile(body);
}
