// Rejected requests, one row each, by status and code: they cause no request to the service, admit no foreign origin,
// and reveal nothing internal. They are sent as bytes to workerd's own port, since HTTP clients would not send most of
// them.

import assert from "node:assert/strict";
import { createHmac, createPublicKey, generateKeyPairSync } from "node:crypto";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { CompactSign, exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { AUDIENCE, gateway, ISSUER, provider, SECRET, service } from "./harness.mjs";

const HOST = "gateway-0.example";
const PORTAL = "https://portal.example";
const DAY_MS = 86_400_000;

let sandbox;
let login;
let worker;
let port;
/** Ids that A may read, and ids that only B may read. */
let own;
let foreign;
let sneaked;
const tokens = {};

before(async () => {
  [sandbox, login] = await Promise.all([service(["--live"]), provider()]);
  const { contract_ids, user_ids } = await sandbox.info();
  own = { contract_ids: contract_ids.slice(0, 3), user_ids: user_ids.slice(0, 3) };
  foreign = { contract_ids: contract_ids.slice(3, 6), user_ids: user_ids.slice(3, 6) };
  worker = await gateway({
    upstream: sandbox.baseUrl,
    jwks: login.uri,
    permissions: { a: own, b: foreign, nobody: {}, starred: { contract_ids: ["*"] } },
  });
  port = await worker.port();
  await makeTokens();
});

after(async () => {
  await worker?.stop();
  login?.stop();
  sandbox?.stop();
});

const base64url = (value) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

async function makeTokens() {
  const key = await login.addKey("signs");
  const other = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(other.publicKey);
  const now = Math.floor(Date.now() / 1000);
  const claims = { role: "a", sub: "a-user", iss: ISSUER, aud: AUDIENCE, iat: now, exp: now + 600 };
  const sign = (header, payload = claims, by = key.privateKey, options) =>
    new CompactSign(Buffer.from(JSON.stringify(payload)))
      .setProtectedHeader({ alg: "ES256", kid: "signs", ...header })
      .sign(by, options);
  const without = ({ [0]: name }) => Object.fromEntries(Object.entries(claims).filter(([known]) => known !== name));
  const byHmac = (secret) => {
    const signed = `${base64url({ alg: "HS256", kid: "signs" })}.${base64url(claims)}`;
    return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
  };
  const good = await sign({});
  const [header, payload, signature] = good.split(".");
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  Object.assign(tokens, {
    good,
    nobody: await sign({}, { ...claims, role: "nobody", sub: "nobody-user" }),
    unknownRole: await sign({}, { ...claims, role: "unheard-of", sub: "unheard-of-user" }),
    starred: await sign({}, { ...claims, role: "starred", sub: "starred-user" }),
    none: `${base64url({ alg: "none" })}.${base64url(claims)}.`,
    noneSigned: `${base64url({ alg: "none", kid: "signs" })}.${payload}.${signature}`,
    noneMixed: `${base64url({ alg: "nOnE" })}.${base64url(claims)}.x`,
    hmacSpki: byHmac(await exportSPKI(key.publicKey)),
    hmacJwk: byHmac(JSON.stringify(await exportJWK(key.publicKey))),
    hmacDer: byHmac(
      createPublicKey({ key: await exportJWK(key.publicKey), format: "jwk" }).export({ type: "spki", format: "der" }),
    ),
    rsa: await new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "signs" }).sign(rsa.privateKey),
    issuer: await sign({}, { ...claims, iss: `${ISSUER}/` }),
    issuerPrefix: await sign({}, { ...claims, iss: `${ISSUER}.evil.example` }),
    audience: await sign({}, { ...claims, aud: "another-portal" }),
    audienceLike: await sign({}, { ...claims, aud: `${AUDIENCE}-admin` }),
    noAudience: await sign({}, without(["aud"])),
    noIssuer: await sign({}, without(["iss"])),
    expired: await sign({}, { ...claims, exp: now - 31 }),
    notYet: await sign({}, { ...claims, nbf: now + 300 }),
    noSubject: await sign({}, without(["sub"])),
    emptySubject: await sign({}, { ...claims, sub: "" }),
    numberSubject: await sign({}, { ...claims, sub: 7 }),
    noExpiry: await sign({}, without(["exp"])),
    textExpiry: await sign({}, { ...claims, exp: String(now + 600) }),
    otherKey: await sign({}, claims, other.privateKey),
    unknownKey: await sign({ kid: "never-heard-of" }, claims, other.privateKey),
    jwk: await sign({ jwk }, claims, other.privateKey),
    jwkUnknown: await sign({ jwk, kid: "mine" }, claims, other.privateKey),
    jku: await sign({ jku: `${login.address}/mine`, kid: "mine" }, claims, other.privateKey),
    x5u: await sign({ x5u: `${login.address}/mine`, kid: "mine" }, claims, other.privateKey),
    kidPath: await sign({ kid: "../../dev/null" }, claims, other.privateKey),
    crit: await sign({ crit: ["x-must"], "x-must": 1 }, claims, key.privateKey, { crit: { "x-must": false } }),
    unencoded: await new CompactSign(Buffer.from("{}"))
      .setProtectedHeader({ alg: "ES256", kid: "signs" })
      .sign(key.privateKey)
      .then((jws) =>
        [base64url({ alg: "ES256", kid: "signs", b64: false, crit: ["b64"] }), ...jws.split(".").slice(1)].join("."),
      ),
    truncated: good.slice(0, -8),
    swapped: [header, base64url({ ...claims, role: "b" }), signature].join("."),
    noSignature: `${header}.${payload}.`,
    twoParts: `${header}.${payload}`,
    fiveParts: `${good}.x.y`,
    noJson: [header, base64url("not json"), signature].join("."),
    long: `${header}.${base64url("x".repeat(15_000))}.${signature}`,
  });
}

/** Sends a request and reads the whole response, up to the end that HTTP defines. */
function exchange(text, isHead = false) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    const parts = [];
    const end = () => {
      socket.destroy();
      resolve(read(Buffer.concat(parts), isHead));
    };
    const timer = setTimeout(end, 3000);
    socket.on("data", (data) => {
      parts.push(data);
      if (read(Buffer.concat(parts), isHead).isWhole) {
        clearTimeout(timer);
        // The response to a smuggled request would follow.
        setTimeout(end, text.includes("\r\n\r\nGET ") ? 300 : 0);
      }
    });
    socket.once("close", end);
    socket.once("error", (error) => (error.code === "ECONNRESET" ? end() : reject(error)));
    socket.write(Buffer.from(text, "latin1"));
  });
}

function read(bytes, isHead) {
  const text = bytes.toString("latin1");
  const at = text.indexOf("\r\n\r\n");
  const [status = "", ...lines] = text.slice(0, Math.max(at, 0)).split("\r\n");
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const length = isHead || status.includes(" 204 ") ? 0 : Number(headers.get("content-length") ?? Infinity);
  const body = text.slice(at + 4);
  return {
    status: Number(status.split(" ")[1] ?? 0),
    headers,
    body: body.slice(0, length === Infinity ? undefined : length),
    rest: length === Infinity ? "" : body.slice(length),
    isWhole: at >= 0 && body.length >= length,
  };
}

const bearer = (name) => ["Authorization", `Bearer ${tokens[name]}`];
const list = (query = "") => `/api/case/cases/contracts/contract_ids/${own.contract_ids[0]}${query}`;
const users = (ids, query = "") => `/api/case/cases/users/user_ids/${ids}${query}`;
const contracts = (ids, query = "") => `/api/case/cases/contracts/contract_ids/${ids}${query}`;
const details = (id) => `/api/case/cases/details/case_id/${id}`;
const summary = (ids, query = "") => `/api/case/cases/case_ids/${ids}${query}`;
const day = (days) => encodeURIComponent(new Date(Date.now() + days * DAY_MS).toISOString().replace(/\.\d+/, ""));

/**
 * Builds a row: its name, the request and the expected response. The request is a function, since ids and tokens are
 * created before it.
 */
const row = (name, send, status, code, more = {}) => ({ name, send, expect: { status, code, ...more } });
/** A row for the target of an authenticated request. */
const target = (name, path, status, code, more) => row(name, () => ({ target: path() }), status, code, more);
/** A row for an HTTP method that is not allowed. */
const method = (name, send, more) => row(name, () => ({ target: list(), ...send }), 405, "METHOD_NOT_ALLOWED", more);
/** A row for additional headers of an authenticated request. */
const headers = (name, given, status, code, more) =>
  row(name, () => ({ target: list(), headers: [...given()] }), status, code, more);
/** A row for an `Authorization` header. */
const signIn = (name, authorization, code = "IDENTITY_INVALID") =>
  row(
    name,
    () => ({
      target: list(),
      alone: true,
      headers: [].concat(authorization()).map((value) => ["Authorization", value]),
    }),
    401,
    code,
  );
const tokenRow = (name, which, code) => signIn(name, () => `Bearer ${tokens[which]}`, code);
/** A row for the origin of a page. */
const page = (name, origin, more = {}) =>
  row(name, () => ({ target: list(), headers: [["Origin", origin]], ...more }), 403, "ORIGIN_NOT_ALLOWED", {
    // A header with that value names no single origin.
    origin: /[*, ]/.test(origin) ? undefined : origin,
  });
/** A row for a request that workerd itself rejects before it reaches the Worker. */
const bytes = (name, text, status = 400) => row(name, () => ({ text: text() }), status, undefined, { by: "workerd" });
const lines = (first, ...more) =>
  [first, `Host: ${HOST}`, `Authorization: Bearer ${tokens.good}`, ...more, "", ""].join("\r\n");

const ROWS = [
  // Request targets.
  target(
    "An absolute-form target at the service itself is no route",
    () => "https://apix.cisco.com/case/v3/cases/case_ids/1",
    404,
    "NO_SUCH_ROUTE",
  ),
  target(
    "An absolute-form target at a host of this machine is no route",
    () => `${sandbox.baseUrl}/cases/case_ids/1`,
    404,
    "NO_SUCH_ROUTE",
  ),
  target(
    "An absolute-form target at the cloud's metadata is no route",
    () => "http://169.254.169.254/latest/meta-data/",
    404,
    "NO_SUCH_ROUTE",
  ),
  row(
    "An absolute-form target of another host is asked of nobody without a sign-in",
    () => ({ target: `http://evil.example${list()}`, alone: true }),
    401,
    "IDENTITY_MISSING",
  ),
  target("A network-path target is no route", () => `//apix.cisco.com${list()}`, 404, "NO_SUCH_ROUTE"),
  target("A host after an at-sign is no route", () => `/@apix.cisco.com${list()}`, 404, "NO_SUCH_ROUTE"),
  bytes("A target that begins with an at-sign", () => lines(`GET @apix.cisco.com${list()} HTTP/1.1`)),
  bytes("Backslashes in place of slashes", () => lines("GET \\api\\case\\health HTTP/1.1")),
  target("A backslash in the path", () => "/api/case/cases\\case_ids/1", 400, "MALFORMED_REQUEST"),
  target("An address in place of an id", () => details("https://evil.example/1"), 400, "MALFORMED_REQUEST"),
  target("An encoded address in place of an id", () => details("https%3A%2F%2Fevil.example%2F1"), 400, "CASE_NOTFOUND"),
  target("An address as a parameter", () => list("?url=https%3A%2F%2Fevil.example"), 400, "INVALID_PARAMETER"),
  target("The prefix alone", () => "/api/case", 404, "NO_SUCH_ROUTE"),
  target("The prefix with a slash", () => "/api/case/", 400, "MALFORMED_REQUEST"),
  target("The prefix in upper case", () => list().replace("/api/case", "/API/CASE"), 404, "NO_SUCH_ROUTE"),
  target("A route in upper case", () => list().replace("/cases/contracts", "/CASES/contracts"), 404, "NO_SUCH_ROUTE"),
  target("A longer word than the prefix", () => list().replace("/api/case", "/api/cases"), 404, "NO_SUCH_ROUTE"),
  target("The service's own path", () => "/case/v3/cases/case_ids/1", 404, "NO_SUCH_ROUTE"),
  target("The token endpoint", () => "/api/case/oauth2/default/v1/token", 404, "NO_SUCH_ROUTE"),
  target("The sandbox's own door", () => "/api/case/__sandbox", 404, "NO_SUCH_ROUTE"),
  target("A route that the service has and this package has not", () => "/api/case/cases/create", 404, "NO_SUCH_ROUTE"),
  target(
    "Dot segments up to the service's root",
    () => `/api/case/cases/case_ids/../../../../__sandbox`,
    404,
    "NO_SUCH_ROUTE",
  ),
  target(
    "Dot segments into another route",
    () => `/api/case/cases/case_ids/../details/case_id/1`,
    404,
    "NO_SUCH_ROUTE",
  ),
  target("A dot segment as an id", () => details(".."), 400, "CASE_NOTFOUND"),
  target("Encoded dot segments up", () => "/api/case/cases/case_ids/%2e%2e/%2e%2e/__sandbox", 404, "NO_SUCH_ROUTE"),
  target("An encoded dot segment as an id", () => details("%2e%2e"), 400, "CASE_NOTFOUND"),
  target("A half encoded dot segment as an id", () => contracts(".%2E"), 400, "Bad Request"),
  target("A dot segment among ids that may be seen", () => contracts(`${own.contract_ids[0]},..`), 400, "Bad Request"),
  target("An encoded slash in an id", () => details("1%2f..%2f..%2f__sandbox"), 400, "CASE_NOTFOUND"),
  target("An encoded slash in place of one", () => `/api/case%2fcases%2fcase_ids%2f1`, 404, "NO_SUCH_ROUTE"),
  target("An encoded backslash in an id", () => details("1%5c..%5c"), 400, "CASE_NOTFOUND"),
  target("A slash that is encoded twice", () => details("1%252f2"), 400, "MALFORMED_REQUEST"),
  target("A dot segment that is encoded twice", () => details("%252e%252e"), 400, "MALFORMED_REQUEST"),
  target("A dot in overlong UTF-8", () => details("%c0%ae%c0%ae"), 400, "MALFORMED_REQUEST"),
  target("A slash in overlong UTF-8", () => details("1%c0%af2"), 400, "MALFORMED_REQUEST"),
  target("A slash in overlong UTF-8 of three bytes", () => details("1%e0%80%af2"), 400, "MALFORMED_REQUEST"),
  target("Half a surrogate in UTF-8", () => details("1%ed%a0%80"), 400, "MALFORMED_REQUEST"),
  target("Latin-1 in place of UTF-8", () => users("M%FCller"), 400, "MALFORMED_REQUEST"),
  target("A lone percent sign", () => details("1%"), 400, "MALFORMED_REQUEST"),
  target("A percent sign without digits", () => details("1%zz"), 400, "MALFORMED_REQUEST"),
  target("An encoded NUL in an id", () => details("1%00"), 400, "CASE_NOTFOUND"),
  target("An encoded line break in an id", () => details("1%0d%0aHost:%20evil.example"), 400, "CASE_NOTFOUND"),
  target("An encoded line break in a parameter", () => list("?status_flag=O%0d%0aX-A:%20b"), 400, "INVALID_STATUSFLAG"),
  target("A matrix parameter", () => `/api/case/cases;a=b/case_ids/1`, 400, "MALFORMED_REQUEST"),
  target("A matrix parameter after an id", () => details("1;v=2"), 400, "MALFORMED_REQUEST"),
  target("An empty segment", () => "/api/case/cases//case_ids/1", 400, "MALFORMED_REQUEST"),
  target("A slash at the end", () => `${list()}/`, 400, "MALFORMED_REQUEST"),
  target("A segment too many", () => `${list()}/notes`, 404, "NO_SUCH_ROUTE"),
  target("A route behind a fragment", () => "/api/case#/cases/case_ids/1", 404, "NO_SUCH_ROUTE"),
  target("A query that is a path", () => "/api/case?/cases/case_ids/1", 404, "NO_SUCH_ROUTE"),
  target("An address of 9 KB", () => summary(`1${"0".repeat(9000)}`), 414, "Request URI Too Long"),
  target(
    "An address of 9 KB, most of it parameters",
    () => list(`?a=${"b".repeat(9000)}`),
    414,
    "Request URI Too Long",
  ),
  row(
    "An address of 9 KB without a sign-in",
    () => ({ target: summary(`1${"0".repeat(9000)}`), alone: true }),
    414,
    "Request URI Too Long",
  ),
  bytes("A NUL in the target", () => lines("GET /api/case/cases\0/case_ids/1 HTTP/1.1")),
  bytes("A space in the target", () => lines("GET /api/case/cases /case_ids/1 HTTP/1.1")),
  target("A target that is no path", () => "*", 404, "NO_SUCH_ROUTE"),
  target("Parameters to health", () => "/api/case/health?verbose=1", 400, "MALFORMED_REQUEST"),
  target("Something below health", () => "/api/case/health/env", 404, "NO_SUCH_ROUTE"),

  // Methods, headers and bodies.
  method("HEAD", { method: "HEAD" }, { isHead: true }),
  method("POST", { method: "POST", headers: [["Content-Length", "0"]] }),
  method("POST with a body", { method: "POST", headers: [["Content-Length", "2"]], body: "{}" }),
  method("PUT", { method: "PUT", headers: [["Content-Length", "0"]] }),
  method("DELETE", { method: "DELETE" }),
  method("PATCH", { method: "PATCH", headers: [["Content-Length", "0"]] }),
  method("TRACE", { method: "TRACE" }),
  method("PROPFIND", { method: "PROPFIND" }),
  method("POST to health", { method: "POST", target: "/api/case/health", headers: [["Content-Length", "0"]] }),
  bytes("A method that is none", () => lines(`get ${list()} HTTP/1.1`), 501),
  bytes("CONNECT", () => `CONNECT apix.cisco.com:443 HTTP/1.1\r\nHost: apix.cisco.com:443\r\n\r\n`, 500),
  row(
    "POST that a header calls GET",
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
  row("A method in a parameter", () => ({ target: list("?_method=DELETE") }), 400, "INVALID_PARAMETER"),
  row(
    "GET with a body",
    () => ({ target: list(), headers: [["Content-Length", "5"]], body: "hello" }),
    400,
    "BODY_NOT_ALLOWED",
  ),
  row(
    "GET with a body in chunks",
    () => ({ target: list(), headers: [["Transfer-Encoding", "chunked"]], body: "5\r\nhello\r\n0\r\n\r\n" }),
    400,
    "BODY_NOT_ALLOWED",
  ),
  row(
    "GET with a body in chunks that has begun and does not end",
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
  bytes("A request that is smuggled in behind two lengths", () => {
    sneaked = `GET ${list()} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;
    return `${lines(`GET ${list()} HTTP/1.1`, "Content-Length: 0", `Content-Length: ${sneaked.length}`)}${sneaked}`;
  }),
  bytes("A transfer coding that is none", () => lines(`GET ${list()} HTTP/1.1`, "Transfer-Encoding: xchunked")),
  bytes("A folded header", () => lines(`GET ${list()} HTTP/1.1`, "X-A: b", " c")),
  bytes("A name of a header with a space", () => lines(`GET ${list()} HTTP/1.1`, "X A: b")),
  bytes("A header without a name", () => lines(`GET ${list()} HTTP/1.1`, ": b")),
  bytes("A NUL in a header", () => lines(`GET ${list()} HTTP/1.1`, "X-A: b\0c")),
  row(
    "A line feed in a header begins a header, which is not read",
    () => ({ text: lines(`GET ${list()} HTTP/1.1`, "X-A: b\nOrigin: https://evil.example") }),
    403,
    "ORIGIN_NOT_ALLOWED",
    { origin: "https://evil.example" },
  ),
  bytes("Two hosts", () => lines(`GET ${list()} HTTP/1.1`, "Host: evil.example"), 500),
  bytes("A host that is none", () => `GET ${list()} HTTP/1.1\r\nHost: a b\r\n\r\n`, 500),

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
    "A page's origin in X-Forwarded-Host",
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
    "A sign-in in X-Forwarded-User",
    () => ({
      target: list(),
      alone: true,
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
    "A sign-in in a cookie",
    () => ({
      target: list(),
      alone: true,
      headers: [["Cookie", `token=${tokens.good}; Authorization=Bearer ${tokens.good}`]],
    }),
    401,
    "IDENTITY_MISSING",
  ),
  row(
    "A sign-in in the address",
    () => ({ target: list(`?access_token=${tokens.good}`), alone: true }),
    400,
    "INVALID_PARAMETER",
  ),
  row(
    "A sign-in in Proxy-Authorization",
    () => ({ target: list(), alone: true, headers: [["Proxy-Authorization", `Bearer ${tokens.good}`]] }),
    401,
    "IDENTITY_MISSING",
  ),

  // Authentication.
  row("No sign-in", () => ({ target: list(), alone: true }), 401, "IDENTITY_MISSING"),
  signIn("An empty sign-in", () => "", "IDENTITY_MISSING"),
  signIn("A scheme without a token", () => "Bearer"),
  signIn("A token without its scheme", () => tokens.good),
  signIn("The scheme Basic", () => `Basic ${Buffer.from("a-user:secret").toString("base64")}`),
  signIn("A good token under the scheme Basic", () => `Basic ${tokens.good}`),
  signIn("The service's own kind of token", () => "Bearer 0123456789abcdef0123456789abcdef"),
  signIn("Two sign-ins, the first of them good", () => [`Bearer ${tokens.good}`, `Bearer ${tokens.none}`]),
  signIn("Two sign-ins, both good", () => [`Bearer ${tokens.good}`, `Bearer ${tokens.good}`]),
  signIn("Two tokens in one sign-in", () => `Bearer ${tokens.good}, Bearer ${tokens.good}`),
  signIn("Two tokens with a space between", () => `Bearer ${tokens.good} ${tokens.good}`),
  signIn("A token with a space within", () => `Bearer ${tokens.good.replace(".", " .")}`),
  signIn("A token of 20 KB", () => `Bearer ${tokens.good}${"x".repeat(20_000)}`),
  tokenRow("A token of 15 KB of nothing", "long"),
  tokenRow("A token without a signature, which its header calls none", "none"),
  tokenRow("A token that its header calls not signed, with a signature", "noneSigned"),
  tokenRow("A token of algorithm nOnE", "noneMixed"),
  tokenRow("HS256 with the public key as the secret, as PEM", "hmacSpki"),
  tokenRow("HS256 with the public key as the secret, as JWK", "hmacJwk"),
  tokenRow("HS256 with the public key as the secret, as DER", "hmacDer"),
  tokenRow("An algorithm that is not on the list", "rsa"),
  tokenRow("An issuer with a slash more", "issuer"),
  tokenRow("An issuer that only begins as the right one", "issuerPrefix"),
  tokenRow("No issuer", "noIssuer"),
  tokenRow("Another audience", "audience"),
  tokenRow("An audience that only begins as the right one", "audienceLike"),
  tokenRow("No audience", "noAudience"),
  tokenRow("A token that expired 31 seconds ago", "expired", "IDENTITY_EXPIRED"),
  tokenRow("A token that is not good yet", "notYet"),
  tokenRow("A token without an expiry", "noExpiry"),
  tokenRow("A token whose expiry is a text", "textExpiry"),
  tokenRow("A token without a subject", "noSubject"),
  tokenRow("A token with an empty subject", "emptySubject"),
  tokenRow("A token whose subject is a number", "numberSubject"),
  tokenRow("Another key under the name of the right one", "otherKey"),
  tokenRow("A key that nobody knows", "unknownKey"),
  tokenRow("A key in the token's own header", "jwk"),
  tokenRow("A key in the token's own header under a name of its own", "jwkUnknown"),
  tokenRow("An address of keys in the token's own header", "jku"),
  tokenRow("An address of certificates in the token's own header", "x5u"),
  tokenRow("A path as the key's name", "kidPath"),
  tokenRow("A header that must be understood and is not", "crit"),
  tokenRow("A payload that is not encoded", "unencoded"),
  tokenRow("A signature that is cut short", "truncated"),
  tokenRow("Another payload under a good signature", "swapped"),
  tokenRow("A good token without its signature", "noSignature"),
  tokenRow("A token of two parts", "twoParts"),
  tokenRow("A token of five parts", "fiveParts"),
  tokenRow("A payload that is no JSON", "noJson"),

  // Authorization.
  target("A contract beyond the permission", () => contracts(foreign.contract_ids[0]), 403, "NOT_PERMITTED"),
  target(
    "A contract beyond the permission behind one within",
    () => contracts(`${own.contract_ids[0]},${foreign.contract_ids[0]}`),
    403,
    "NOT_PERMITTED",
  ),
  target(
    "A contract beyond the permission before one within",
    () => contracts(`${foreign.contract_ids[0]},${own.contract_ids[0]}`),
    403,
    "NOT_PERMITTED",
  ),
  target(
    "A contract beyond the permission behind an encoded comma",
    () => contracts(`${own.contract_ids[0]}%2C${foreign.contract_ids[0]}`),
    400,
    "Bad Request",
  ),
  target(
    "A contract beyond the permission with spaces around it",
    () => contracts(`%20${foreign.contract_ids[0]}%20`),
    403,
    "NOT_PERMITTED",
  ),
  target(
    "A contract within with a space inside",
    () => contracts(own.contract_ids[0].replace(/^(.)/, "$1%20")),
    400,
    "Service Not Found",
  ),
  target("A contract within with a zero in front", () => contracts(`0${own.contract_ids[0]}`), 403, "NOT_PERMITTED"),
  target("A contract within with a plus in front", () => contracts(`%2B${own.contract_ids[0]}`), 403, "NOT_PERMITTED"),
  target(
    "A contract within in wide digits",
    () =>
      contracts(
        encodeURIComponent(own.contract_ids[0].replace(/^\d/, (digit) => String.fromCodePoint(0xff10 + Number(digit)))),
      ),
    403,
    "NOT_PERMITTED",
  ),
  target(
    "A contract within and a space of no width",
    () => contracts(`${own.contract_ids[0]}%E2%80%8B`),
    400,
    "Bad Request",
  ),
  target("The wildcard as a contract", () => contracts("*"), 403, "NOT_PERMITTED"),
  target("The wildcard as a contract, encoded", () => contracts("%2A"), 403, "NOT_PERMITTED"),
  target("A contract that is empty among others", () => contracts(`${own.contract_ids[0]},,`), 400, "MISSING_INPUTS"),
  target("A user beyond the permission", () => users(foreign.user_ids[0]), 403, "NOT_PERMITTED"),
  target(
    "A user beyond the permission behind one within",
    () => users(`${own.user_ids[0]},${foreign.user_ids[0]}`),
    403,
    "NOT_PERMITTED",
  ),
  target("A user within in upper case", () => users(own.user_ids[0].toUpperCase()), 403, "NOT_PERMITTED"),
  target("A contract within as a user", () => users(own.contract_ids[0]), 403, "NOT_PERMITTED"),
  target("A user within as a contract", () => contracts(own.user_ids[0]), 403, "NOT_PERMITTED"),
  target("The wildcard as a user", () => users("*"), 403, "NOT_PERMITTED"),
  row(
    "Somebody with no permission at all",
    () => ({ target: list(), alone: true, headers: [bearer("nobody")] }),
    403,
    "NOT_PERMITTED",
  ),
  row(
    "Somebody of whom no permission is known",
    () => ({ target: list(), alone: true, headers: [bearer("unknownRole")] }),
    403,
    "NOT_PERMITTED",
  ),
  row(
    "Permissions with a wildcard inside a list",
    () => ({ target: contracts("*"), alone: true, headers: [bearer("starred")] }),
    503,
    "PERMISSIONS_UNAVAILABLE",
  ),

  // Rules of the service.
  target(
    "31 cases",
    () => summary(Array.from({ length: 31 }, (_, index) => 600000000 + index).join()),
    400,
    "EXCEEDED_CASEIDS",
  ),
  target(
    "11 contracts",
    () => contracts(Array.from({ length: 11 }, (_, index) => 1234567 + index).join()),
    400,
    "EXCEEDED_CONTRACTIDS",
  ),
  target(
    "11 users",
    () => users(Array.from({ length: 11 }, (_, index) => `user${index}`).join()),
    400,
    "EXCEEDED_USERIDS",
  ),
  target("No case", () => summary(""), 400, "MALFORMED_REQUEST"),
  target("No case, without a slash", () => summary("").slice(0, -1), 400, "MISSING_INPUTS"),
  target("A case id of 65 characters", () => details("6".repeat(65)), 400, "CASE_NOTFOUND"),
  target("A comma in the id of the one case", () => details("1,2"), 400, "CASE_NOTFOUND"),
  target("91 days", () => list(`?date_created_from=${day(-100)}&date_created_to=${day(-9)}`), 400, "INVALID_DATERANGE"),
  target(
    "A range that ends before it begins",
    () => list(`?date_created_from=${day(-9)}&date_created_to=${day(-10)}`),
    400,
    "INVALID_DATERANGE",
  ),
  target("A day that is none", () => list("?date_created_from=2026-02-30T00%3A00%3A00Z"), 400, "INVALID_DATEFORMAT"),
  target("A date that is a word", () => list("?date_created_from=yesterday"), 400, "INVALID_DATEFORMAT"),
  target("A status flag that is none", () => list("?status_flag=X"), 400, "INVALID_STATUSFLAG"),
  target("A sort order that is none", () => list("?sort_by=severity%20desc"), 400, "INVALID_SORT_OPTION"),
  target("Page 0", () => list("?page_index=0"), 400, "Bad Request"),
  target("A page below 0", () => list("?page_index=-1"), 400, "Bad Request"),
  target("A page beyond all numbers", () => list("?page_index=99999999999999999999"), 400, "Bad Request"),
  target("A page in another notation", () => list("?page_index=1e3"), 400, "Bad Request"),
  target("A parameter twice", () => list("?page_index=1&page_index=2"), 400, "MALFORMED_REQUEST"),
  target("A parameter twice, once encoded", () => list("?page_index=1&%70age_index=2"), 400, "MALFORMED_REQUEST"),
  target(
    "Ids as a parameter besides those of the path",
    () => list(`?contract_ids=${foreign.contract_ids[0]}`),
    400,
    "MALFORMED_REQUEST",
  ),
  target("A parameter that the endpoint does not know", () => list("?debug=true"), 400, "INVALID_PARAMETER"),
  target("A parameter that is written as a list", () => list("?status_flag[]=O"), 400, "INVALID_PARAMETER"),
  target("A parameter of lists for one case", () => `${details("680012116")}?status_flag=O`, 400, "INVALID_PARAMETER"),
  target(
    "A statement in SQL as a parameter",
    () => list("?sort_by=STATUS%27%3B%20DROP%20TABLE%20cases--"),
    400,
    "INVALID_SORT_OPTION",
  ),

  // Origins.
  page("The origin null", "null"),
  page("A host that ends as the allowed one", "https://evilportal.example"),
  page("A host below the allowed one", "https://x.portal.example"),
  page("A host that begins as the allowed one", "https://portal.example.evil.example"),
  page("The allowed host with another word for a dot", "https://portalxexample"),
  page("http in place of https", "http://portal.example"),
  page("Another port", "https://portal.example:8443"),
  page("The default port, which no browser writes", "https://portal.example:443"),
  page("Another port of localhost", "http://localhost:5174"),
  page("Upper case, which no browser writes", "https://PORTAL.example"),
  page("A dot at the end", "https://portal.example."),
  page("An origin with a slash at the end", "https://portal.example/"),
  page("A user before the host", "https://portal.example@evil.example"),
  page("Two origins", "https://portal.example, https://evil.example"),
  page("Two origins with a space between", "https://portal.example https://evil.example"),
  page("A star", "*"),
  page("An extension", "chrome-extension://abcdefghijklmnop"),
  page("A file", "file://"),
  page("A foreign page without a sign-in", "https://evil.example", { alone: true }),
  page("A foreign page's preflight for DELETE", "https://evil.example", {
    alone: true,
    method: "OPTIONS",
    headers: [
      ["Origin", "https://evil.example"],
      ["Access-Control-Request-Method", "DELETE"],
    ],
  }),
  row(
    "A preflight for DELETE of an allowed page",
    () => ({
      target: list(),
      alone: true,
      method: "OPTIONS",
      headers: [
        ["Origin", PORTAL],
        ["Access-Control-Request-Method", "DELETE"],
      ],
    }),
    405,
    "METHOD_NOT_ALLOWED",
    { origin: PORTAL },
  ),
  row(
    "A preflight for POST of an allowed page",
    () => ({
      target: list(),
      alone: true,
      method: "OPTIONS",
      headers: [
        ["Origin", PORTAL],
        ["Access-Control-Request-Method", "POST"],
      ],
    }),
    405,
    "METHOD_NOT_ALLOWED",
    { origin: PORTAL },
  ),
  row(
    "A preflight outside the prefix",
    () => ({
      target: "/admin",
      alone: true,
      method: "OPTIONS",
      headers: [
        ["Origin", PORTAL],
        ["Access-Control-Request-Method", "GET"],
      ],
    }),
    404,
    "NO_SUCH_ROUTE",
    { origin: PORTAL },
  ),
  headers(
    "An id beyond the permission, asked by an allowed page",
    () => [
      ["Origin", PORTAL],
      ["Cookie", "session=1"],
    ],
    403,
    "NOT_PERMITTED",
    { origin: PORTAL, path: () => contracts(foreign.contract_ids[0]) },
  ),
];

function message({ target: path, method: verb = "GET", alone = false, headers: given = [], body = "", text }) {
  if (text !== undefined) return text;
  const signedIn = alone ? [] : [bearer("good")];
  const all = [["Host", HOST], ...signedIn, ...given].map(([name, value]) => `${name}: ${value}\r\n`);
  return `${verb} ${path} HTTP/1.1\r\n${all.join("")}\r\n${body}`;
}

/** Asserts that a response has neither the secret, the client id, a token, nor internals of the Worker. */
function assertNothingIsTold({ body, headers: given }) {
  const all = `${body}${[...given].flat().join("\n")}`;
  for (const inside of [
    SECRET,
    "a-synthetic-client",
    "worker.js",
    "gateway.js",
    "wasm",
    sandbox.address,
    login.address,
  ]) {
    assert.ok(!all.includes(inside), `${inside} in ${all}`);
  }
  assert.doesNotMatch(all, /\n\s+at /);
  for (const part of Object.values(tokens).flatMap((token) => token.split("."))) {
    if (part.length > 20) assert.ok(!all.includes(part), "a token");
  }
  assert.ok(!given.has("set-cookie"));
}

test("the table is long enough, and no name stands twice", () => {
  assert.ok(ROWS.length >= 60);
  assert.equal(new Set(ROWS.map(({ name }) => name)).size, ROWS.length);
});

test("what is allowed goes through, by the same way as what follows", async () => {
  const answer = await exchange(message({ target: list(), headers: [["Origin", PORTAL]] }));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("access-control-allow-origin"), PORTAL);
  // One request for the token, one for the list.
  assert.equal((await sandbox.info()).requests.received, 2);
  const {
    status,
    headers: given,
    body,
  } = await exchange(
    message({
      target: list(),
      alone: true,
      method: "OPTIONS",
      headers: [
        ["Origin", PORTAL],
        ["Access-Control-Request-Method", "GET"],
      ],
    }),
  );
  assert.deepEqual([status, body], [204, ""]);
  assert.equal(given.get("access-control-allow-origin"), PORTAL);
  assert.equal(given.get("access-control-allow-methods"), "GET");
  assert.match(given.get("access-control-allow-headers"), /\bAuthorization\b/);
  assert.ok(!given.has("access-control-allow-credentials"));
});

test("nothing that is refused reaches the service", async (context) => {
  for (const { name, send, expect } of ROWS) {
    await context.test(
      `${name}: ${expect.status}${expect.code ? ` ${expect.code}` : `, by ${expect.by}`}`,
      async () => {
        const { received } = (await sandbox.info()).requests;
        const sent = send();
        if (expect.path) sent.target = expect.path();
        const answer = await exchange(message(sent), expect.isHead);
        assert.equal(answer.status, expect.status, answer.body);
        if (expect.by) {
          // The Worker has not seen the request: the response is not the gateway's.
          assert.ok(!answer.headers.has("x-request-id"), answer.body);
        } else {
          if (!expect.isHead) {
            const { error } = JSON.parse(answer.body);
            assert.equal(error.code, expect.code, answer.body);
            assert.equal(error.status, expect.status);
            assert.equal(error.source, "gateway");
            assert.equal(error.requestId, answer.headers.get("x-request-id"));
          }
          assert.match(answer.headers.get("content-type"), /^application\/json/);
          assert.equal(answer.headers.get("cache-control"), "no-store");
          assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
          assert.match(answer.headers.get("vary"), /Origin/);
          if (expect.status === 405) assert.equal(answer.headers.get("allow"), "GET, OPTIONS");
          if (expect.status === 401) assert.match(answer.headers.get("www-authenticate"), /^Bearer/);
        }
        assert.equal(answer.headers.get("access-control-allow-origin"), expect.origin);
        assert.equal(answer.rest, "", "more than one answer");
        assertNothingIsTold(answer);
        assert.equal((await sandbox.info()).requests.received, received, "the service was asked");
      },
    );
  }
});

test("a GET with an empty body in chunks, as proxies send it, is one without a body", async () => {
  const send = { target: list(), headers: [["Transfer-Encoding", "chunked"]], body: "0\r\n\r\n" };
  assert.equal((await exchange(message(send))).status, 200);
  const health = await exchange(message({ ...send, target: "/api/case/health" }));
  assert.equal(health.status, 200);
});

test("a length beside chunks hides no request: the runtime goes by the chunks, and what follows is on its own", async () => {
  const sneaked = `GET ${list()} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;
  const first = lines(`GET ${list()} HTTP/1.1`, `Content-Length: ${sneaked.length + 5}`, "Transfer-Encoding: chunked");
  const answer = await exchange(`${first}0\r\n\r\n${sneaked}`);
  assert.equal(answer.status, 200);
  assert.match(answer.rest, /^(HTTP\/1\.1 401 |$)/);
});

test("after all of that what is allowed still goes through", async () => {
  const answer = await exchange(message({ target: list() }));
  assert.equal(answer.status, 200);
  const { requests } = await sandbox.info();
  assert.equal(requests.refused, 0);
  assert.ok(login.counts.requests <= 4, `the identity provider was asked ${login.counts.requests} times for its keys`);
});

test("each refusal is in the audit, without a token, and the service's credentials are in no line", async () => {
  const audit = await worker.test("audit");
  assert.ok(audit.length >= ROWS.filter(({ expect }) => !expect.by).length);
  const text = JSON.stringify(audit) + worker.log.join("");
  for (const inside of [
    SECRET,
    ...Object.values(tokens)
      .map((token) => token.split(".")[1] ?? "")
      .filter((part) => part.length > 20),
  ]) {
    assert.ok(!text.includes(inside), inside);
  }
});
