// Where the module of bulk calls is, in the same way as the client's.

export const bulkUrl = (): URL => new URL("bulk.wasm", import.meta.url);
