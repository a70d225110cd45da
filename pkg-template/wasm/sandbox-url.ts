// Where the sandbox's module is, in the same way as the client's.

export const sandboxUrl = (): URL => new URL("sandbox.wasm", import.meta.url);
