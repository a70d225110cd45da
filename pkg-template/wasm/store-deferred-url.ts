// The URL of the deferred module of the store, resolved as that of the client.

export const storeDeferredUrl = (): URL => new URL("store-deferred.wasm", import.meta.url);
