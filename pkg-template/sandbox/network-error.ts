/** Message of the `TypeError` by which the sandbox's `fetch` rejects when the connection breaks. */
export const NETWORK_ERROR = "fetch failed";
