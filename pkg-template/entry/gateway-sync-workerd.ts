// This is the entry point of the gateway's sync on Cloudflare Workers (workerd). It imports the client and its module.

export * from "../gateway/sync.js";
