// The URL of the module of bulk calls, resolved as that of the client.

export const bulkUrl = (): URL => new URL("bulk.wasm", import.meta.url);
