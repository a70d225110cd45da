// Requests as they are: what the client would not send, and what it does not show of a response.

import { anySignal } from "../any-signal.js";
import { CommandError } from "../exit-codes.js";
import type { FetchLike } from "../library.js";

/** A response with its body. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** The body as JSON; `undefined` if it is none. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
  readonly ms: number;
}

/** The time between the starts of two requests, below five a second. */
const SPACING_MS = 250;
const TIMEOUT_MS = 30_000;

/** Sends requests one after another, and no more than its budget. */
export class Inspector {
  readonly #fetch: FetchLike;
  readonly #signal: AbortSignal;
  readonly #spacingMs: number;
  #left: number;
  #sent = 0;
  #next = 0;

  constructor(options: { fetch: FetchLike; signal: AbortSignal; maxRequests: number; isPaced: boolean }) {
    this.#fetch = options.fetch;
    this.#signal = options.signal;
    this.#left = options.maxRequests;
    this.#spacingMs = options.isPaced ? SPACING_MS : 0;
  }

  /** The number of requests sent. */
  get sent(): number {
    return this.#sent;
  }

  /** The number of requests that may still be sent. */
  get left(): number {
    return this.#left;
  }

  /** Throws if the program was interrupted. */
  throwIfAborted(): void {
    this.#signal.throwIfAborted();
  }

  /** Sends a request. Rejects if there is no response. */
  async send(
    url: string,
    init: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<RawResponse> {
    if (this.#left < 1) throw new CommandError("the budget of requests is spent", 1);
    this.#left -= 1;
    const wait = this.#next - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    this.#signal.throwIfAborted();
    const start = performance.now();
    this.#next = start + this.#spacingMs;
    this.#sent += 1;
    const response = await this.#fetch(url, {
      method: init.method ?? "GET",
      headers: init.headers ?? {},
      signal: anySignal([this.#signal, AbortSignal.timeout(TIMEOUT_MS)]),
      redirect: "manual",
      ...(init.body !== undefined && { body: init.body }),
    });
    const body = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body,
      json: readJson(body),
      ms: performance.now() - start,
    };
  }
}

function readJson(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The member of an object that may be none. */
export const memberOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** The records of a list's page. */
export function casesOf({ json }: RawResponse): readonly Readonly<Record<string, unknown>>[] | undefined {
  const cases = memberOf(json, "cases");
  return Array.isArray(cases) ? cases.map((one) => Object(one)) : undefined;
}

/** A number of the pagination record. */
export function paginationOf({ json }: RawResponse, name: string): number | undefined {
  const number = memberOf(memberOf(json, "pagination_response_record"), name);
  return typeof number === "number" ? number : undefined;
}

/** The code of an error's body or header, and where it was; a text with no personal data. */
export function errorText(response: RawResponse): string {
  const { status, headers, body } = response;
  const known =
    headers.get("x-mashery-error-code") ?? codeIn(response.json) ?? /<h1>([^<]{1,80})<\/h1>/i.exec(body)?.[1];
  return `${status}${known ? ` ${known.replace(/[^\x20-\x7e]/g, "?")}` : ""}`;
}

/** A code in the body of an error. */
function codeIn(value: unknown, depth = 0): string | undefined {
  if (depth > 4 || typeof value !== "object" || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    if (/^(errorcode|errorid|error)$/i.test(name) && typeof member === "string") return member.slice(0, 80);
    const found = codeIn(member, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The shape of a document: names of members without values, such as `{ErrorResponse:{APIError:[{ErrorCode,…}]}}`. */
export function shapeOf(value: unknown, depth = 0): string {
  if (Array.isArray(value)) return `[${value.length > 0 ? shapeOf(value[0], depth + 1) : ""}]`;
  if (typeof value !== "object" || value === null) return "";
  if (depth > 4) return "{…}";
  const members = Object.entries(value).map(([name, member]) => {
    const shape = shapeOf(member, depth + 1);
    return shape === "" ? name : `${name}:${shape}`;
  });
  return `{${members.join(",")}}`;
}
