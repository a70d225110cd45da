// Methods, bodies, malformed headers, and headers that other parties interpret.

import { HOST, list, rawRequest, tokens } from "./harness.mjs";
import { methodRow, rawRow, row } from "./rows.mjs";

export const METHODS_AND_HEADERS = [
  methodRow("HEAD", { method: "HEAD" }, { isHead: true }),
  methodRow("POST", { method: "POST", headers: [["Content-Length", "0"]] }),
  methodRow("POST with a body", { method: "POST", headers: [["Content-Length", "2"]], body: "{}" }),
  methodRow("PUT", { method: "PUT", headers: [["Content-Length", "0"]] }),
  methodRow("DELETE", { method: "DELETE" }),
  methodRow("PATCH", { method: "PATCH", headers: [["Content-Length", "0"]] }),
  methodRow("TRACE", { method: "TRACE" }),
  methodRow("PROPFIND", { method: "PROPFIND" }),
  methodRow(
    "POST to health",
    { method: "POST", target: "/api/case/health", headers: [["Content-Length", "0"]] },
    { allow: "GET, HEAD, OPTIONS" },
  ),
  methodRow("DELETE of the identity", { method: "DELETE", target: "/api/case/me" }, { allow: "GET, HEAD, OPTIONS" }),
  rawRow("An invalid method", () => rawRequest(`get ${list()} HTTP/1.1`), 501),
  rawRow("CONNECT", () => `CONNECT apix.cisco.com:443 HTTP/1.1\r\nHost: apix.cisco.com:443\r\n\r\n`, 500),
  row(
    "POST with a method override header",
    () => ({
      target: list(),
      method: "POST",
      headers: [
        ["X-HTTP-Method-Override", "GET"],
        ["Content-Length", "0"],
      ],
    }),
    405,
    "METHOD_NOT_ALLOWED",
  ),
  row("A method override parameter", () => ({ target: list("?_method=DELETE") }), 400, "INVALID_PARAMETER"),
  row(
    "GET with a body",
    () => ({ target: list(), headers: [["Content-Length", "5"]], body: "hello" }),
    400,
    "BODY_NOT_ALLOWED",
  ),
  row(
    "GET with a chunked body",
    () => ({ target: list(), headers: [["Transfer-Encoding", "chunked"]], body: "5\r\nhello\r\n0\r\n\r\n" }),
    400,
    "BODY_NOT_ALLOWED",
  ),
  row(
    "GET with a chunked body that does not end",
    () => ({ target: list(), headers: [["Transfer-Encoding", "chunked"]], body: "1\r\nx\r\n" }),
    400,
    "BODY_NOT_ALLOWED",
  ),
  row(
    "GET with a body to health",
    () => ({ target: "/api/case/health", headers: [["Content-Length", "5"]], body: "hello" }),
    400,
    "BODY_NOT_ALLOWED",
  ),
  rawRow("A request smuggled by two content lengths", () => {
    const smuggled = `GET ${list()} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;
    return `${rawRequest(`GET ${list()} HTTP/1.1`, "Content-Length: 0", `Content-Length: ${smuggled.length}`)}${smuggled}`;
  }),
  rawRow("An unknown transfer coding", () => rawRequest(`GET ${list()} HTTP/1.1`, "Transfer-Encoding: xchunked")),
  rawRow("A folded header", () => rawRequest(`GET ${list()} HTTP/1.1`, "X-A: b", " c")),
  rawRow("A header name with a space", () => rawRequest(`GET ${list()} HTTP/1.1`, "X A: b")),
  rawRow("A header without a name", () => rawRequest(`GET ${list()} HTTP/1.1`, ": b")),
  rawRow("A NUL in a header", () => rawRequest(`GET ${list()} HTTP/1.1`, "X-A: b\0c")),
  row(
    "A line feed in a header starts another header",
    () => ({ text: rawRequest(`GET ${list()} HTTP/1.1`, "X-A: b\nOrigin: https://evil.example") }),
    403,
    "ORIGIN_NOT_ALLOWED",
    { origin: "https://evil.example" },
  ),
  rawRow("Two Host headers", () => rawRequest(`GET ${list()} HTTP/1.1`, "Host: evil.example"), 500),
  rawRow("An invalid Host header", () => `GET ${list()} HTTP/1.1\r\nHost: a b\r\n\r\n`, 500),

  // Headers that other parties interpret.
  row(
    "A path in X-Original-URL",
    () => ({ target: "/api/case/nothing", headers: [["X-Original-URL", list()]] }),
    404,
    "NO_SUCH_ROUTE",
  ),
  row(
    "A path in X-Rewrite-URL",
    () => ({ target: "/api/case/nothing", headers: [["X-Rewrite-URL", list()]] }),
    404,
    "NO_SUCH_ROUTE",
  ),
  row(
    "A path in X-Forwarded-Prefix",
    () => ({ target: "/nothing", headers: [["X-Forwarded-Prefix", "/api/case"]] }),
    404,
    "NO_SUCH_ROUTE",
  ),
  row(
    "An origin in X-Forwarded-Host",
    () => ({
      target: list(),
      headers: [
        ["Origin", "https://evil.example"],
        ["X-Forwarded-Host", "evil.example"],
        ["X-Forwarded-Proto", "https"],
      ],
    }),
    403,
    "ORIGIN_NOT_ALLOWED",
    { origin: "https://evil.example" },
  ),
  row(
    "An identity in X-Forwarded-User",
    () => ({
      target: list(),
      isAnonymous: true,
      headers: [
        ["X-Forwarded-User", "a-user"],
        ["X-Forwarded-For", "127.0.0.1"],
        ["X-Real-IP", "127.0.0.1"],
      ],
    }),
    401,
    "IDENTITY_MISSING",
  ),
  row(
    "A token in a cookie",
    () => ({
      target: list(),
      isAnonymous: true,
      headers: [["Cookie", `token=${tokens.good}; Authorization=Bearer ${tokens.good}`]],
    }),
    401,
    "IDENTITY_MISSING",
  ),
  row(
    "A token in the URL",
    () => ({ target: list(`?access_token=${tokens.good}`), isAnonymous: true }),
    400,
    "INVALID_PARAMETER",
  ),
  row(
    "A token in Proxy-Authorization",
    () => ({ target: list(), isAnonymous: true, headers: [["Proxy-Authorization", `Bearer ${tokens.good}`]] }),
    401,
    "IDENTITY_MISSING",
  ),
];
