// This is the entry point of the gateway's copy on Cloudflare Workers (workerd). It imports the client and its module.

export * from "../gateway/copy/index.js";
