// The sandbox class. The wasm module computes responses; this file applies their transport effects (delay, broken
// connection, truncated or slow body) and provides `fetch`.

import { headerPairs } from "../util/headers.js";
import { compileFrom, type ModuleFiles } from "../wasm/compile.js";
import init, { RawSandbox, type RawSandboxResponse } from "../wasm/sandbox.js";
import type {
  FaultName,
  FaultOptions,
  InfoOptions,
  Sandbox,
  SandboxCase,
  SandboxClientOptions,
  SandboxInfo,
  SandboxOptions,
} from "./index.js";
import { NETWORK_ERROR } from "./network-error.js";

const BASE_URL = "https://sandbox.invalid/case/v3";
const TOKEN_URL = "https://sandbox.invalid/oauth2/default/v1/token";

/** Path of the OpenAPI document, and the paths that it contains. */
const OPENAPI_PATH = "/__sandbox/openapi.json";
const BASE_PATH = new URL(BASE_URL).pathname;
const TOKEN_PATH = new URL(TOKEN_URL).pathname;

/** Message of the error if the module cannot be loaded. */
const LOAD_FAILED_MESSAGE =
  "The sandbox's WebAssembly module could not be loaded. Is sandbox.wasm where the script is? cisco-support-case/sandbox/inline has it inside.";

/** Number of pieces of a slow body. */
const CHUNK_COUNT = 8;

/** Maximum depth of copied options and cases. Valid ones are less deep. */
const MAX_COPY_DEPTH = 8;

/** Body of a request or a response. */
type Bytes = Uint8Array<ArrayBuffer>;

/** Header names and values, as `Headers` iterates over them. */
type HeaderPairs = Iterable<readonly [string, string]>;

/** A response and the transport effects to apply to it. */
export interface SandboxResponse extends Omit<RawSandboxResponse, "headerLines"> {
  /** Header names and values. */
  headers: [string, string][];
}

/** Functions that load the sandbox's files in a runtime. */
interface Runtime extends ModuleFiles {
  /** Returns the package's `openapi.json`. */
  loadOpenapi: () => unknown;
}

/** Returns `createSandbox` for a runtime. All sandboxes of a page or process share one instance of the module. */
export function createSandboxFactory({
  loadOpenapi,
  ...files
}: Runtime): (options?: SandboxOptions) => Promise<Sandbox> {
  let loading: Promise<void> | undefined;
  const load = async () => void (await init({ module_or_path: await compileFrom(files) }));
  return async function createSandbox(options: SandboxOptions = {}) {
    loading ??= load().catch((cause: unknown) => {
      // The next call tries again, since a network may recover.
      loading = undefined;
      throw withCode(new Error(LOAD_FAILED_MESSAGE, { cause }), "LOAD_FAILED");
    });
    await loading;
    const copied = copyPlain(options ?? {});
    const raw = callWasm(() => new RawSandbox(copied, currentTimeMs()));
    return new SyntheticSandbox(createCore(raw, loadOpenapi), isStrict(copied));
  };
}

/** Returns the response to a request without applying its effects, for servers that apply them to a socket. */
export function respondTo(
  sandbox: Sandbox,
  method: string,
  url: string,
  headers: HeaderPairs,
  body: Bytes,
): Promise<SandboxResponse> {
  return (sandbox as SyntheticSandbox).core.respond(method, url, headers, body);
}

/** Returns the response to a request that is not valid HTTP, synchronously. */
export function respondToMalformed(sandbox: Sandbox): SandboxResponse {
  return (sandbox as SyntheticSandbox).core.handle("GET", `${BASE_PATH}/%`, [], new Uint8Array());
}

/** The wasm sandbox behind functions without a `this`, so that a Proxy around the sandbox never reaches the wasm. */
interface SandboxCore {
  /** Returns the wasm sandbox. Throws after `free`. */
  raw(): RawSandbox;
  /** Returns the response of the wasm sandbox. Headers cross the boundary as lines in both directions. */
  handle(method: string, url: string, headers: HeaderPairs, body: Bytes): SandboxResponse;
  /** Returns the response to a request, including one for the OpenAPI document. */
  respond(method: string, url: string, headers: HeaderPairs, body: Bytes): Promise<SandboxResponse>;
  /** Releases the wasm sandbox. */
  free(): void;
  /** Prevents Vue from wrapping the object in a Proxy. */
  readonly __v_skip: true;
}

function createCore(given: RawSandbox, openapi: Runtime["loadOpenapi"]): SandboxCore {
  let raw: RawSandbox | undefined = given;
  const openRaw = () => {
    if (!raw) throw withCode(new TypeError("The sandbox was closed by free()."), "SANDBOX_CLOSED");
    return raw;
  };
  const handle: SandboxCore["handle"] = (method, url, headers, body) => {
    let lines = "";
    for (const [name, value] of headers) lines += `${name}:${value}\n`;
    const { headerLines, ...rest } = openRaw().handle(currentTimeMs(), method, url, lines, body);
    return { ...rest, headers: headerPairs(headerLines) };
  };
  return {
    raw: openRaw,
    handle,
    async respond(method, url, headers, body) {
      const [, origin, path] = /^(\w+:\/\/[^/?#]*)?([^?#]*)/.exec(url) ?? [];
      if (path !== OPENAPI_PATH) return handle(method, url, headers, body);
      openRaw();
      return openapiResponse(method, originOf(origin, headers), openapi);
    },
    free() {
      raw?.free();
      raw = undefined;
    },
    __v_skip: true,
  };
}

class SyntheticSandbox implements Sandbox {
  readonly core: SandboxCore;
  readonly fetch: Sandbox["fetch"];
  private readonly isStrict: boolean;

  constructor(core: SandboxCore, isStrict: boolean) {
    this.core = core;
    this.isStrict = isStrict;
    // Clients take `fetch` without its object: `new CaseClient({ fetch: sandbox.fetch })`.
    this.fetch = (input, init) => fetchFromCore(core, input, init);
  }

  get baseUrl(): string {
    return BASE_URL;
  }

  get tokenUrl(): string {
    return TOKEN_URL;
  }

  get clientOptions(): SandboxClientOptions {
    const { fetch } = this;
    return {
      fetch,
      baseUrl: BASE_URL,
      token: this.isStrict ? () => requestToken(fetch) : "sandbox",
      rateLimit: false,
    };
  }

  info(options: InfoOptions = {}): SandboxInfo {
    const copied = copyPlain(options);
    return callWasm(() => this.core.raw().info(currentTimeMs(), copied));
  }

  put(record: SandboxCase): void {
    const copied = copyPlain(record);
    callWasm(() => this.core.raw().put(currentTimeMs(), copied));
  }

  advance(ms: number): void {
    if (!Number.isSafeInteger(ms) || ms < 0) {
      const shown = typeof ms === "number" ? ms : typeof ms;
      throw invalidOption(`ms: expected a whole number of milliseconds, 0 or more, got ${shown}`);
    }
    this.core.raw().advance(ms);
  }

  fault(name: FaultName, options: FaultOptions = {}): void {
    if (typeof options !== "object" || options === null) {
      throw invalidOption("fault: expected an object as its second argument");
    }
    const copied = copyPlain(options) as object;
    callWasm(() => this.core.raw().fault({ ...copied, name: copyPlain(name) }));
  }

  clearFaults(): void {
    this.core.raw().clearFaults();
  }

  free(): void {
    this.core.free();
  }

  declare [Symbol.dispose]: () => void;
}

// Older runtimes have no `Symbol.dispose`.
if (Symbol.dispose) {
  Object.defineProperty(SyntheticSandbox.prototype, Symbol.dispose, { value: SyntheticSandbox.prototype.free });
}

/** Returns the current time, or 0 if a test's replacement of the clock throws. */
function currentTimeMs(): number {
  try {
    return Date.now();
  } catch {
    return 0;
  }
}

/** Adds a code to an error. */
const withCode = <E extends Error>(error: E, code: string): E => Object.assign(error, { code });

/** Creates the error for an invalid option or case. */
const invalidOption = (message: string): TypeError => withCode(new TypeError(message), "INVALID_OPTION");

/** Calls into the wasm and adds a code to its errors. The wasm throws a TypeError for invalid input. */
function callWasm<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof Error && !("code" in thrown)) {
      withCode(thrown, thrown instanceof TypeError ? "INVALID_OPTION" : "PANIC");
    }
    throw thrown;
  }
}

/**
 * Copies a value without getters and Proxies. If they throw, they throw here and not inside a wasm call, which would
 * leave the wasm sandbox borrowed. Throws a TypeError for a value that is deeper, or contains itself.
 */
function copyPlain(value: unknown, depth: number = MAX_COPY_DEPTH): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return new Date(value.getTime());
  if (depth === 0)
    throw invalidOption(`options and cases: expected at most ${MAX_COPY_DEPTH} levels of objects, got more`);
  if (Array.isArray(value)) return Array.from(value, (item: unknown) => copyPlain(item, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyPlain(member, depth - 1)]));
}

function isStrict(options: unknown): boolean {
  return (options as SandboxOptions).auth === "strict";
}

/** Requests a token from the sandbox's token endpoint, which a strict sandbox accepts. */
async function requestToken(fetch: Sandbox["fetch"]): Promise<{ access_token: string; expires_in: number }> {
  const credentials = { grant_type: "client_credentials", client_id: "sandbox", client_secret: "sandbox" };
  const response = await fetch(TOKEN_URL, { method: "POST", body: new URLSearchParams(credentials) });
  if (!response.ok) throw new Error(`The sandbox's token endpoint responded with ${response.status}.`);
  return JSON.parse(new TextDecoder().decode(await response.arrayBuffer()));
}

async function fetchFromCore(core: SandboxCore, input: string | URL | Request, init?: RequestInit): Promise<Response> {
  // Node's Request rejects signals of jsdom.
  const { signal: _, ...rest } = init ?? {};
  const request = new Request(input, rest);
  // The original signal, not the request's own: the latter only follows it.
  const given = init?.signal === undefined ? (input as Partial<Request> | undefined)?.signal : init.signal;
  const signal = given ?? request.signal;
  throwIfAborted(signal);
  const bodyless = request.method === "GET" || request.method === "HEAD";
  const sent = bodyless ? new Uint8Array() : await requestBody(request, init);
  throwIfAborted(signal);

  const answer = await core.respond(request.method, request.url, request.headers, sent);
  if (answer.delayMs > 0) await sleep(answer.delayMs, signal);
  if (answer.effect === "reset") throw new TypeError(NETWORK_ERROR);
  const response = new Response(request.method === "HEAD" ? null : responseBody(answer, signal), {
    status: answer.status,
    headers: answer.headers,
  });
  Object.defineProperty(response, "url", { value: request.url });
  if (answer.effect === "slow_body") rejectWithReason(response, signal);
  else if (response.body && answer.effect !== "truncated_body") readWithoutStream(response, answer.body);
  return response;
}

/** Returns the body of a request. */
async function requestBody(request: Request, init: RequestInit | undefined): Promise<Bytes> {
  const { body } = init ?? {};
  const isText = typeof body === "string" || body instanceof URLSearchParams;
  return isText ? new TextEncoder().encode(String(body)) : new Uint8Array(await request.arrayBuffer());
}

/**
 * Makes `arrayBuffer` return the bytes without reading the stream. Node reads its streams by the current
 * `queueMicrotask`, which the fake timers of Jest and Sinon never run.
 */
function readWithoutStream(response: Response, body: Bytes): void {
  const read = response.arrayBuffer;
  const arrayBuffer = async () => {
    if (response.bodyUsed || response.body?.locked) return read.call(response);
    response.body?.cancel().catch(() => {});
    return body.slice().buffer;
  };
  Object.defineProperty(response, "arrayBuffer", { value: arrayBuffer });
}

/** Returns the origin of a request: from its URL, or from `Host` on a server. Without either, URLs stay relative. */
function originOf(origin: string | undefined, headers: HeaderPairs): string {
  if (origin) return origin;
  const [, host] = [...headers].find(([name]) => name.toLowerCase() === "host") ?? [];
  return host ? `http://${host}` : "";
}

/** The parts of the OpenAPI document that name its server. */
interface OpenapiDocument {
  servers: { url: string; description: string }[];
  components: { securitySchemes: { clientCredentials: { flows: { clientCredentials: { tokenUrl: string } } } } };
}

/** Returns the OpenAPI document with this sandbox as its server. */
async function openapiResponse(
  method: string,
  origin: string,
  openapi: Runtime["loadOpenapi"],
): Promise<SandboxResponse> {
  const answer = (status: number, value: unknown, more: [string, string][] = []): SandboxResponse => ({
    status,
    headers: [["Content-Type", "application/json;charset=UTF-8"], ["Cache-Control", "private"], ...more],
    body: new TextEncoder().encode(JSON.stringify(value)),
    delayMs: 0,
    effect: "",
    effectMs: 0,
  });
  if (method !== "GET" && method !== "HEAD") {
    return answer(405, { error: "method: expected GET", field: "method" }, [["Allow", "GET, HEAD"]]);
  }
  let description: OpenapiDocument;
  try {
    // The loader's value is shared, so it must be copied.
    description = JSON.parse(JSON.stringify(await openapi())) as OpenapiDocument;
  } catch (cause) {
    throw withCode(new Error("The sandbox's openapi.json could not be loaded.", { cause }), "LOAD_FAILED");
  }
  description.servers = [{ url: origin + BASE_PATH, description: "A sandbox of the service." }];
  description.components.securitySchemes.clientCredentials.flows.clientCredentials.tokenUrl = origin + TOKEN_PATH;
  return answer(200, description);
}

/** The reason of an aborted signal. Browsers before Chrome 98 and Firefox 97 have none. */
const reasonOf = (signal: AbortSignal): unknown =>
  signal.reason ?? new DOMException("The operation was aborted.", "AbortError");

/** Throws the reason of a signal that is aborted. */
function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw reasonOf(signal);
}

/** Resolves after a delay; rejects with the signal's reason once it is aborted. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", aborted);
      resolve();
    }, ms);
    const aborted = () => {
      clearTimeout(timer);
      reject(reasonOf(signal));
    };
    if (signal.aborted) aborted();
    else signal.addEventListener("abort", aborted, { once: true });
  });
}

/** Returns the body with its effect applied. */
function responseBody(answer: SandboxResponse, signal: AbortSignal): Bytes | ReadableStream<Bytes> {
  if (answer.effect === "truncated_body") {
    const half = answer.body.subarray(0, answer.body.length >> 1);
    return streamOf(async function* () {
      yield half;
      throw new TypeError("terminated");
    }, signal);
  }
  if (answer.effect === "slow_body") {
    return streamOf(async function* (ended) {
      for (const [index, piece] of splitBody(answer.body).entries()) {
        if (index > 0) await sleep(answer.effectMs / (CHUNK_COUNT - 1), ended);
        yield piece;
      }
    }, signal);
  }
  return answer.body;
}

/** Methods of a response that read its body. Older runtimes lack `bytes`. */
const BODY_READERS = ["arrayBuffer", "blob", "bytes", "formData", "json", "text"] as const;

/**
 * Makes reading an aborted body reject with the signal's reason, as after a real fetch. Chromium replaces errors of
 * streams that are not its own by a TypeError.
 */
function rejectWithReason(response: Response, signal: AbortSignal): void {
  for (const name of BODY_READERS) {
    const read: (() => Promise<unknown>) | undefined = response[name];
    if (!read) continue;
    const value = () =>
      read.call(response).catch((error: unknown) => {
        throw signal.aborted ? reasonOf(signal) : error;
      });
    Object.defineProperty(response, name, { value });
  }
}

/** Splits a body into pieces. */
export function splitBody(bytes: Bytes): Bytes[] {
  const length = Math.max(1, Math.ceil(bytes.length / CHUNK_COUNT));
  const cut = [];
  for (let at = 0; at < bytes.length; at += length) cut.push(bytes.subarray(at, at + length));
  return cut;
}

/** Creates a stream from a generator. It ends early when the signal is aborted or the reader cancels. */
function streamOf(
  generate: (ended: AbortSignal) => AsyncGenerator<Bytes, void>,
  signal: AbortSignal,
): ReadableStream<Bytes> {
  const ended = new AbortController();
  const end = () => ended.abort(reasonOf(signal));
  const source = generate(ended.signal);
  const stopped = () => signal.removeEventListener("abort", end);
  return new ReadableStream({
    start(controller) {
      if (signal.aborted) end();
      else signal.addEventListener("abort", end, { once: true });
      ended.signal.addEventListener("abort", () => {
        stopped();
        controller.error(reasonOf(ended.signal));
      });
    },
    async pull(controller) {
      try {
        const { value, done } = await source.next();
        if (ended.signal.aborted) return;
        if (!done) return controller.enqueue(value);
        stopped();
        controller.close();
      } catch (error) {
        stopped();
        if (!ended.signal.aborted) controller.error(error);
      }
    },
    cancel(reason) {
      stopped();
      ended.abort(reason);
    },
  });
}
