// The entry of the server's own bundle, which the command loads: who runs other commands loads nothing of it.

export { issuedTokens, sharedToken } from "./authorization.js";
export { MCP_PATH, serveOverHttp } from "./serve-http.js";
export { serveOverStdio } from "./serve-stdio.js";
export { Serving } from "./serving.js";
