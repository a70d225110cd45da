// One HTTP request and its response, through the runtime's `fetch` or a custom one.

import { LIMITS } from "../generated/tables.js";
import { discard, readBody } from "../util/body.js";
import type { ClientOptions, FetchLike } from "./options.js";
import { isBrowser } from "./runtime.js";

/** The maximum size of a token response in bytes; typical ones have some hundred. */
const MAX_TOKEN_RESPONSE_BYTES = 64 * 1024;

/** A response with its body, read to the end. */
export interface HttpResult {
  response: Response;
  status: number;
  /** The values of the headers that the wasm reads, one per line. */
  headers: string;
  /** The body; empty if it is too large. */
  body: Uint8Array;
  /** The length of the body in bytes; a value above the limit if it is too large. */
  length: number;
}

/**
 * Sends a request, given as a URL and lines of headers, and reads its response to the end.
 *
 * `fetch` receives a URL and a plain object, which every implementation accepts; a `Request` of this realm is rejected by
 * undici, jsdom and most test doubles. Each member of the response is read once, since a test double may have getters that
 * throw and headers that are numbers.
 */
export async function sendRequest(
  fetchLike: FetchLike | undefined,
  text: string,
  signal: AbortSignal,
  credentials?: ClientOptions["fetchCredentials"],
): Promise<HttpResult> {
  const [head = "", body] = text.split("\n\n");
  const lines = head.split("\n");
  const headers: Record<string, string> = {};
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] as string;
    const colon = line.indexOf(":");
    headers[line.slice(0, colon)] = line.slice(colon + 1);
  }
  // A followed redirect would send the ids of the request to another host.
  const init: Parameters<FetchLike>[1] & { cache?: "no-store" } = {
    method: body === undefined ? "GET" : "POST",
    headers,
    signal,
    redirect: "manual",
  };
  // Only browsers have an HTTP cache, and it ignores `max-age` of requests. workerd rejects the member on older compatibility
  // dates.
  if (isBrowser && /^(no-cache|max-age=[1-9])/.test(headers["cache-control"] ?? "")) init.cache = "no-store";
  if (body !== undefined) init.body = body;
  else if (credentials) init.credentials = credentials;
  // The global `fetch` is looked up for each request, so that tests and service workers can replace it.
  const response = await (fetchLike ?? (fetch as FetchLike))(lines[0] as string, init);
  if (signal.aborted) {
    // A custom `fetch` may ignore the signal; its response is discarded.
    discard(response?.body);
    throw new TypeError("aborted while it was sent");
  }
  const { status, headers: got } = response ?? {};
  if (typeof status !== "number" || !(status >= 0 && status < 1000) || typeof got?.get !== "function") {
    throw notAResponse();
  }
  const header = (name: string): string => {
    try {
      const value: unknown = got.get(name);
      return typeof value === "string" ? value.replaceAll("\n", " ") : "";
    } catch {
      return "";
    }
  };
  const most = body === undefined ? LIMITS.bodyBytes : MAX_TOKEN_RESPONSE_BYTES;
  const bytes = await readBody(response, header("content-length"), most, signal);
  return {
    response,
    status: Math.trunc(status),
    headers: [
      status > 299 && status < 400 && leavesHost(lines[0] as string, header("location"))
        ? "SIGN_IN_PAGE"
        : header("x-mashery-error-code"),
      ...RESPONSE_HEADERS.map((name) => encodeDate(header(name))),
    ].join("\n"),
    // A body that is too large is not copied to the wasm; the decoder rejects it by its length.
    body: bytes ?? new Uint8Array(),
    length: bytes?.length ?? LIMITS.bodyBytes + 1,
  };
}

/** Whether a redirect leads to another host, as that of a sign-in proxy does, and not to https on the same host. */
export function leavesHost(url: string, location: string): boolean {
  try {
    return new URL(location, url).host !== new URL(url).host;
  } catch {
    return false;
  }
}

/** The headers that the wasm reads after the first line, in this order. */
const RESPONSE_HEADERS = ["x-mashery-message-id", "retry-after", "date"];

/**
 * Encodes an HTTP date (RFC 9110, section 5.6.7) as `@` and milliseconds since 1970; returns any other text unchanged. The
 * JavaScript engine parses dates, so that the wasm contains no date parser.
 */
export function encodeDate(text: string): string {
  // Sun, 06 Nov 1994 08:49:37 GMT
  let [, day = "", month = "", year = "", time, zone] = text.trim().split(/[ ,-]+/);
  // Sun Nov  6 08:49:37 1994
  if (time && !zone) [day, month, year, time, zone] = [month, day, time, year, "GMT"];
  // Sunday, 06-Nov-94 08:49:37 GMT: two-digit years from 70 on are of the twentieth century.
  if (year.length === 2) year = (year < "70" ? 20 : 19) + year;
  const date = `${day.padStart(2, "0")} ${month} ${year} ${time} ${zone}`;
  const at = new Date(date);
  return at.toUTCString().slice(5) === date ? `@${Math.max(Number(at), 0)}` : text;
}

const notAResponse = () => new TypeError("fetch returned a value that is not a Response");
