// Responses that the gateway makes itself, about the identity and from the copy of cases.

import { headerPairs } from "../util/headers.js";
import { errorBody, type RawRequest } from "../wasm/gateway.js";
import type { CopyAnswer } from "./copy/answers.js";
import { sha256Hex } from "./hmac.js";
import { messageOf } from "./error-message.js";
import type { Copy, GatewayOptions } from "./options.js";
import { TimeoutError, withTimeout } from "./timeout.js";
import { GatewayError, readSecret } from "./upstream-client.js";
import { callWasm } from "./wasm-instance.js";

/** Length of an entity tag: hexadecimal digits of a SHA-256. */
const ETAG_LENGTH = 32;

/** Time after which the service is asked for a list in place of the copy, at most half of the request's. */
const COPIED_LIST_TIMEOUT_MS = 3000;

/**
 * Returns a response with a JSON body: 304 if the client has it, and without the body for `HEAD`. The entity tag is weak, since
 * proxies compress bodies.
 */
function taggedResponse(request: Request, parsed: RawRequest, { body, etag }: CopyAnswer, isCopied: boolean): Response {
  const isKnown = callWasm(() => parsed.isNotModified(etag));
  const headers = headerPairs(callWasm(() => parsed.copyHeaders(etag, isCopied)));
  if (isKnown) return new Response(null, { status: 304, headers: headers.filter(([name]) => name !== "content-type") });
  return new Response(request.method === "HEAD" ? null : body, { status: 200, headers });
}

/** Returns the response about the identity. */
export async function meResponse(request: Request, parsed: RawRequest, body: string): Promise<Response> {
  const etag = `W/"${(await sha256Hex(body)).slice(0, ETAG_LENGTH)}"`;
  return taggedResponse(request, parsed, { body, etag }, false);
}

/** Returns the response of the copy to an authorized request, at the latest at the end of its time. */
export async function copyResponse<Env>(
  request: Request,
  parsed: RawRequest,
  options: GatewayOptions<Env>,
  env: Env,
  deadline: number,
): Promise<Response> {
  try {
    return taggedResponse(request, parsed, await withTimeout(ask(parsed, options, env), deadline - Date.now()), true);
  } catch (error) {
    throw error instanceof TimeoutError ? new GatewayError(errorBody("COPY_UNAVAILABLE", "(in time)")) : error;
  }
}

/** Returns the response to an authorized request for a list, if the copy may answer it; otherwise the service is asked. */
export async function copiedListResponse<Env>(
  request: Request,
  parsed: RawRequest,
  copy: Copy<Env>,
  env: Env,
  deadline: number,
): Promise<Response | undefined> {
  try {
    const ms = Math.min((deadline - Date.now()) / 2, COPIED_LIST_TIMEOUT_MS);
    const answer = await withTimeout(copy.list(request.url, parsed, env), ms);
    if (!answer) return undefined;
    const response = taggedResponse(request, parsed, answer, true);
    response.headers.set("age", String(Math.ceil(answer.ageMs / 1000)));
    return response;
  } catch (error) {
    console.error("cisco-support-case gateway: the copy has not answered a list.", messageOf(error));
    return undefined;
  }
}

/** Asks the copy for the answer of a feed, a query or an overview. */
async function ask<Env>(parsed: RawRequest, options: GatewayOptions<Env>, env: Env): Promise<CopyAnswer> {
  const { copy } = options;
  // The wasm rejects these routes of a gateway without a copy.
  if (!copy) throw new GatewayError(errorBody("NO_SUCH_ROUTE", ""));
  const database = copy.database(env);
  const [route, [first = "", second = ""]] = callWasm(() => [parsed.route(), parsed.copyParams()] as const);
  if (route === "feed") {
    const secret = await readSecret(options, env);
    const position = { since: first || undefined, limit: Number(second) || undefined };
    return copy.reader.feed(parsed, database, secret, position);
  }
  if (route === "query") return copy.reader.query(parsed, database, first || "{}");
  return copy.reader.overview(parsed, database, first || "{}", second || undefined);
}

/** Returns a response with a JSON body that is for this request alone. */
export function untaggedResponse(parsed: RawRequest, body: string): Response {
  const headers = headerPairs(callWasm(() => parsed.copyHeaders(undefined, false)));
  return new Response(body, { status: 200, headers });
}

/** Returns the response to a defect. It does not use the wasm, which may have failed. */
export function internalErrorResponse(requestId: string): Response {
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
    "x-request-id": requestId,
  };
  const error = {
    source: "gateway",
    kind: "internal",
    code: "GATEWAY_FAILED",
    message: "The gateway failed because of a defect.",
    advice: "Report this to the portal's operator, with the request id.",
    status: 500,
    retryable: false,
    retry: false,
    requestId,
  };
  return Response.json({ error }, { status: 500, headers });
}
