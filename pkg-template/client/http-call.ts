// One request and its response, through a `fetch` that may be anybody's.

import { LIMITS } from "../generated/tables.js";
import { discard, readBody } from "../util/body.js";
import type { ClientOptions, FetchLike } from "./options.js";
import { isBrowser } from "./runtime.js";

/** The largest answer of a token endpoint that is read, in bytes; they have some hundred. */
const MAX_TOKEN_RESPONSE_BYTES = 64 * 1024;

/** A response, read to its end. */
export interface HttpResult {
  response: Response;
  status: number;
  /** The values of the headers that the wasm reads, a line each. */
  headers: string;
  /** The body; empty where it is too large. */
  body: Uint8Array;
  /** The length of the body in bytes; of one that is too large any above the limit. */
  length: number;
}

/**
 * Sends a request, told as an address and lines of headers, and reads its response to the end.
 *
 * The request is handed over as an address and a plain object: every `fetch` takes those, while a `Request` of this
 * realm is a stranger to undici's, to jsdom's and to most test doubles. Of the response each member is read once: it may
 * be a double, whose getters throw and whose headers are numbers.
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
  // A redirect would carry the request, and with it ids, to an address that nobody chose.
  const init: Parameters<FetchLike>[1] & { cache?: "no-store" } = {
    method: body === undefined ? "GET" : "POST",
    headers,
    signal,
    redirect: "manual",
  };
  // Only a browser has a cache of its own, which takes no notice of an age that the request names; workerd refuses the
  // member on older compatibility dates.
  if (isBrowser && /^(no-cache|max-age=[1-9])/.test(headers["cache-control"] ?? "")) init.cache = "no-store";
  if (body !== undefined) init.body = body;
  else if (credentials) init.credentials = credentials;
  // The runtime's own is looked up at each request, so that tests and service workers can replace it.
  const response = await (fetchLike ?? (fetch as FetchLike))(lines[0] as string, init);
  if (signal.aborted) {
    // A `fetch` that does not listen to the signal: nobody waits for what it sends any more.
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
    // What is too large stays outside; the decoder says so when it hears of a body of this length.
    body: bytes ?? new Uint8Array(),
    length: bytes?.length ?? LIMITS.bodyBytes + 1,
  };
}

/** Whether a redirect goes to another host, as that of a sign-in proxy does; one to https on the same host does not. */
function leavesHost(url: string, location: string): boolean {
  try {
    return new URL(location, url).host !== new URL(url).host;
  } catch {
    return false;
  }
}

/** The headers that the wasm reads after the first, in its order; in place of that, a redirect has its own code. */
const RESPONSE_HEADERS = ["x-mashery-message-id", "retry-after", "date"];

/**
 * A date as HTTP has them (RFC 9110, section 5.6.7), in milliseconds since 1970 behind an `@`; any other text as it is. The
 * engine reads such dates, so the wasm need not.
 */
function encodeDate(text: string): string {
  // Sun, 06 Nov 1994 08:49:37 GMT
  let [, day = "", month = "", year = "", time, zone] = text.trim().split(/[ ,-]+/);
  // Sun Nov  6 08:49:37 1994
  if (time && !zone) [day, month, year, time, zone] = [month, day, time, year, "GMT"];
  // Sunday, 06-Nov-94 08:49:37 GMT: none is more than 50 years ahead of this package's own time.
  if (year.length === 2) year = (year < "70" ? 20 : 19) + year;
  const date = `${day.padStart(2, "0")} ${month} ${year} ${time} ${zone}`;
  const at = new Date(date);
  return at.toUTCString().slice(5) === date ? `@${Math.max(Number(at), 0)}` : text;
}

const notAResponse = () => new TypeError("fetch returned a value that is not a Response");
