// Where the sandbox's module is, in the same way as the client's.

export const sandboxFile = () => new URL("sandbox.wasm", import.meta.url);
