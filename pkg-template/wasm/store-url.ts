// The URL of the store's module, resolved as that of the client.

export const storeUrl = (): URL => new URL("store.wasm", import.meta.url);
