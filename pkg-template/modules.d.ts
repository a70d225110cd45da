// Files that are no scripts, as runtimes and bundlers give them to an import.

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*/openapi.json" {
  const description: Record<string, unknown>;
  export default description;
}
