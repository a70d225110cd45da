// This is the entry point of the gateway's sync on Cloudflare Workers (workerd). It brings the client and its module.

export * from "../gateway/sync.js";
