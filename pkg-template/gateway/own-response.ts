// Responses that the gateway makes itself, about the identity and from the copy of cases.

import { headerPairs } from "../util/headers.js";
import type { RawRequest } from "../wasm/gateway.js";
import { sha256Hex } from "./hmac.js";
import { callWasm } from "./wasm-instance.js";

/** Length of an entity tag: hexadecimal digits of a SHA-256. */
const ETAG_LENGTH = 32;

/**
 * Returns a response with a JSON body: 304 if the client has it, and without the body for `HEAD`. The entity tag is a hash of
 * the body unless there is another, and weak, since proxies compress bodies.
 */
export async function taggedResponse(
  request: Request,
  parsed: RawRequest,
  body: string,
  tag?: string,
): Promise<Response> {
  const etag = `W/"${tag ?? (await sha256Hex(body)).slice(0, ETAG_LENGTH)}"`;
  const isKnown = callWasm(() => parsed.isNotModified(etag));
  const headers = headerPairs(callWasm(() => parsed.copyHeaders(etag)));
  if (isKnown) return new Response(null, { status: 304, headers: headers.filter(([name]) => name !== "content-type") });
  return new Response(request.method === "HEAD" ? null : body, { status: 200, headers });
}

/** Returns a response with a JSON body that is for this request alone. */
export function untaggedResponse(parsed: RawRequest, body: string): Response {
  const headers = headerPairs(callWasm(() => parsed.copyHeaders()));
  return new Response(body, { status: 200, headers });
}
