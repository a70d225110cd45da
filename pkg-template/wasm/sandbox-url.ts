// The URL of the sandbox's module, resolved as that of the client.

export const sandboxUrl = (): URL => new URL("sandbox.wasm", import.meta.url);
