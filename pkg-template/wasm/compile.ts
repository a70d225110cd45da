// Compiles a wasm module from its URL or its bytes, or from what a runtime has of it.

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

/** The places of a module in a runtime. */
export interface ModuleFiles {
  /** Returns the module synchronously, if the runtime can. */
  readModule?: () => BufferSource | WebAssembly.Module;
  /** Returns the module's URL, if `readModule` is missing. */
  moduleUrl?: () => URL;
  /** Loads a script that contains the module, for bundles without its file. */
  loadInlined?: () => Promise<{ bytes(): BufferSource }>;
}

/** Compiles the module of a runtime: from its file, or else from the script that contains it. */
export async function compileFrom({ readModule, moduleUrl, loadInlined }: ModuleFiles): Promise<WebAssembly.Module> {
  try {
    const given = readModule?.() ?? moduleUrl?.();
    if (!given) throw new Error("no file");
    return given instanceof WebAssembly.Module ? given : await compile(given);
  } catch (cause) {
    if (!loadInlined) throw cause;
    const script = await loadInlined().catch(() => {
      throw cause;
    });
    return compile(script.bytes());
  }
}
