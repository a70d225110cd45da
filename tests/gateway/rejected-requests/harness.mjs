// The gateway under test, tokens of every kind, and requests as bytes on workerd's own port.

import { createHmac, createPublicKey, generateKeyPairSync } from "node:crypto";
import { connect } from "node:net";
import { CompactSign, exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { AUDIENCE, gateway, ISSUER, PAUSE_MS, provider, service } from "../harness.mjs";

export const HOST = "gateway-0.example";
export const PORTAL = "https://portal.example";
const DAY_MS = 86_400_000;

export let sandbox;
export let login;
export let worker;
let port;
/** Ids that A may read, and ids that only B may read. */
export let own;
export let foreign;
/** Tokens by their property under test. */
export const tokens = {};

/** Starts the sandbox, the identity provider and the gateway. */
export async function start() {
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
}

export async function stop() {
  await worker?.stop();
  login?.stop();
  sandbox?.stop();
}

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
    unknownKey: await sign({ kid: "unknown" }, claims, other.privateKey),
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
export function send(text, isHead = false) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    const parts = [];
    const end = () => {
      socket.destroy();
      resolve(read(Buffer.concat(parts), isHead));
    };
    const timer = setTimeout(end, 3000 + PAUSE_MS);
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

export const bearer = (name) => ["Authorization", `Bearer ${tokens[name]}`];
export const list = (query = "") => `/api/case/cases/contracts/contract_ids/${own.contract_ids[0]}${query}`;
export const users = (ids, query = "") => `/api/case/cases/users/user_ids/${ids}${query}`;
export const contracts = (ids, query = "") => `/api/case/cases/contracts/contract_ids/${ids}${query}`;
export const details = (id) => `/api/case/cases/details/case_id/${id}`;
export const summary = (ids, query = "") => `/api/case/cases/case_ids/${ids}${query}`;
export const day = (days) =>
  encodeURIComponent(new Date(Date.now() + days * DAY_MS).toISOString().replace(/\.\d+/, ""));

/** The text of a request. */
export function message({
  target: path,
  method: verb = "GET",
  isAnonymous = false,
  headers: given = [],
  body = "",
  text,
}) {
  if (text !== undefined) return text;
  const signedIn = isAnonymous ? [] : [bearer("good")];
  const all = [["Host", HOST], ...signedIn, ...given].map(([name, value]) => `${name}: ${value}\r\n`);
  return `${verb} ${path} HTTP/1.1\r\n${all.join("")}\r\n${body}`;
}

/** The text of a request with a good token, by its first line and further headers. */
export const rawRequest = (first, ...more) =>
  [first, `Host: ${HOST}`, `Authorization: Bearer ${tokens.good}`, ...more, "", ""].join("\r\n");
