// One request and its response, through a `fetch` that may be anybody's.

import { LIMITS } from "../generated/tables.js";
import type { FetchLike } from "./options.js";
import { isBrowser } from "./runtime.js";

/** A response, read to its end. */
export interface Exchanged {
  response: Response;
  status: number;
  /** The values of the headers that the wasm reads, a line each. */
  headers: string;
  body: Uint8Array;
}

/**
 * Sends a request, told as an address and lines of headers, and reads its response to the end.
 *
 * The request is handed over as an address and a plain object: every `fetch` takes those, while a `Request` of this
 * realm is a stranger to undici's, to jsdom's and to most test doubles. Of the response each member is read once: it may
 * be a double, whose getters throw and whose headers are numbers.
 */
export async function exchange(
  fetchLike: FetchLike | undefined,
  text: string,
  signal: AbortSignal,
): Promise<Exchanged> {
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
  // Only a browser has a cache of its own; workerd refuses the member on older compatibility dates.
  if (headers["cache-control"] === "no-cache" && isBrowser) init.cache = "no-store";
  if (body !== undefined) init.body = body;
  // The runtime's own is looked up at each request, so that tests and service workers can replace it.
  const response = await (fetchLike ?? (fetch as FetchLike))(lines[0] as string, init);
  if (signal.aborted) {
    // A `fetch` that does not listen to the signal: nobody waits for what it sends any more.
    await response?.body?.cancel?.();
    throw new TypeError("cancelled while it was sent");
  }
  const { status, headers: got } = response ?? {};
  if (typeof status !== "number" || !(status >= 0 && status < 1000) || typeof got?.get !== "function") {
    throw noResponse();
  }
  const header = (name: string): string => {
    try {
      const value: unknown = got.get(name);
      return typeof value === "string" ? value.replaceAll("\n", " ") : "";
    } catch {
      return "";
    }
  };
  if (typeof response.arrayBuffer !== "function") throw noResponse();
  const buffer: ArrayBuffer = await response.arrayBuffer();
  const bytes = new Uint8Array(buffer);
  if (buffer?.byteLength !== bytes.length) throw new TypeError("the response's arrayBuffer() gave something else");
  return {
    response,
    status: Math.trunc(status),
    headers: HEADERS.map(header).join("\n"),
    // What is too large stays outside; the decoder says so when it sees a body of this length.
    body: bytes.length > LIMITS.bodyBytes ? bytes.subarray(0, LIMITS.bodyBytes + 1) : bytes,
  };
}

/** The headers that the wasm reads, in its order. */
const HEADERS = ["x-mashery-error-code", "x-mashery-message-id", "retry-after", "date"];

const noResponse = () => new TypeError("fetch gave something that is no Response");
