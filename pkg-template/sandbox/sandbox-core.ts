// The Case API v3 over a synthetic case base, as a `fetch`. The wasm decides what a response is; its delay, its broken
// connection and its broken or slow body are made here.

import { headerPairs } from "../util/headers.js";
import { compile } from "../wasm/compile.js";
import init, { initSync, RawSandbox, type RawSandboxResponse } from "../wasm/sandbox.js";
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

/** The address of the API's description, and what the description says of the service's and the token endpoint's. */
const OPENAPI_PATH = "/__sandbox/openapi.json";
const BASE_PATH = new URL(BASE_URL).pathname;
const TOKEN_PATH = new URL(TOKEN_URL).pathname;

/** What is said where the module did not come. */
const LOAD_FAILED_MESSAGE =
  "The sandbox's WebAssembly module could not be loaded. Is sandbox.wasm where the script is? cisco-support-case/sandbox/inline has it inside.";

/** The number of pieces of a slow body. */
const CHUNK_COUNT = 8;

/** The depth to which options and cases are copied; nothing valid is as deep. */
const MAX_COPY_DEPTH = 8;

/** The body of a request or a response. */
type Bytes = Uint8Array<ArrayBuffer>;

/** Names and values of headers, as `Headers` iterates them. */
type HeaderPairs = Iterable<readonly [string, string]>;

/** A response, and what the transport does to it. */
export interface SandboxResponse extends Omit<RawSandboxResponse, "headerLines"> {
  /** Names and values. */
  headers: [string, string][];
}

/** What a runtime gives the sandbox. */
interface Runtime {
  /** Returns the module at once, where a runtime can. */
  readModule?: () => BufferSource | WebAssembly.Module;
  /** Returns the module's address, where `now` is missing. */
  moduleUrl?: () => URL;
  /** Loads a script that has the module inside, for where its file is not found. */
  loadInlined?: () => Promise<{ bytes(): BufferSource }>;
  /** Returns the package's `openapi.json`. */
  loadOpenapi: () => unknown;
}

/**
 * Makes `createSandbox` for a runtime. One instance of the module serves all sandboxes of a page or process.
 */
export function createSandboxFactory({
  readModule,
  moduleUrl,
  loadInlined,
  loadOpenapi,
}: Runtime): (options?: SandboxOptions) => Promise<Sandbox> {
  let loading: Promise<void> | undefined;
  const load = async () => {
    try {
      if (readModule) initSync({ module: readModule() });
      else if (moduleUrl) await init({ module_or_path: await compile(moduleUrl()) });
      else throw new Error("no file");
    } catch (cause) {
      if (!loadInlined) throw cause;
      const script = await loadInlined().catch(() => {
        throw cause;
      });
      await init({ module_or_path: await compile(script.bytes()) });
    }
  };
  return async function createSandbox(options: SandboxOptions = {}) {
    loading ??= load().catch((cause: unknown) => {
      // The next call tries again: a network may come back.
      loading = undefined;
      throw withCode(new Error(LOAD_FAILED_MESSAGE, { cause }), "LOAD_FAILED");
    });
    await loading;
    const copied = copyPlain(options ?? {});
    const raw = callWasm(() => new RawSandbox(copied, currentTimeMs()));
    return new SyntheticSandbox(createCore(raw, loadOpenapi), isStrict(copied));
  };
}

/** Returns the response to one request, before anything happens to it: what a server on a socket starts from. */
export function respondTo(
  sandbox: Sandbox,
  method: string,
  url: string,
  headers: HeaderPairs,
  body: Bytes,
): Promise<SandboxResponse> {
  return (sandbox as SyntheticSandbox).core.respond(method, url, headers, body);
}

/** Returns the response to a request that is no HTTP, at once. */
export function respondToMalformed(sandbox: Sandbox): SandboxResponse {
  return (sandbox as SyntheticSandbox).core.handle("GET", `${BASE_PATH}/%`, [], new Uint8Array());
}

/**
 * The wasm's sandbox behind functions, none of which has a `this`: so a Proxy of the sandbox never reaches the wasm.
 */
interface SandboxCore {
  /** Returns the wasm's sandbox; throws after `free`. */
  raw(): RawSandbox;
  /** Returns the wasm's response. Headers cross as lines in both directions. */
  handle(method: string, url: string, headers: HeaderPairs, body: Bytes): SandboxResponse;
  /** Returns the response to a request, to the API's description as well. */
  respond(method: string, url: string, headers: HeaderPairs, body: Bytes): Promise<SandboxResponse>;
  /** Frees the wasm's memory. */
  free(): void;
  /** Keeps Vue from wrapping it. */
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
    // A client takes it without its object: `new CaseClient({ fetch: sandbox.fetch })`.
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

// Older runtimes know no `using`.
if (Symbol.dispose) {
  Object.defineProperty(SyntheticSandbox.prototype, Symbol.dispose, { value: SyntheticSandbox.prototype.free });
}

/** The time, as far as the runtime tells it: a test may have put something else in the clock's place. */
function currentTimeMs(): number {
  try {
    return Date.now();
  } catch {
    return 0;
  }
}

/** An error with a code, by which a program tells it. */
const withCode = <E extends Error>(error: E, code: string): E => Object.assign(error, { code });

/** The error for what breaks the rules of an option or a case. */
const invalidOption = (message: string): TypeError => withCode(new TypeError(message), "INVALID_OPTION");

/** Calls into the wasm, which refuses what breaks its rules with a TypeError. */
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
 * A copy without getters and Proxies: what those throw is thrown here, and not through the wasm, whose sandbox would
 * stay borrowed.
 */
function copyPlain(value: unknown, depth: number = MAX_COPY_DEPTH): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return new Date(value.getTime());
  if (depth === 0) return `[${typeof value}]`;
  if (Array.isArray(value)) return Array.from(value, (item: unknown) => copyPlain(item, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyPlain(member, depth - 1)]));
}

function isStrict(options: unknown): boolean {
  return (options as SandboxOptions).auth === "strict";
}

/** A token of the sandbox's token endpoint, which a strict sandbox accepts. */
async function requestToken(fetch: Sandbox["fetch"]): Promise<{ access_token: string; expires_in: number }> {
  const credentials = { grant_type: "client_credentials", client_id: "sandbox", client_secret: "sandbox" };
  const response = await fetch(TOKEN_URL, { method: "POST", body: new URLSearchParams(credentials) });
  if (!response.ok) throw new Error(`The sandbox's token endpoint responded with ${response.status}.`);
  return JSON.parse(new TextDecoder().decode(await response.arrayBuffer()));
}

async function fetchFromCore(core: SandboxCore, input: string | URL | Request, init?: RequestInit): Promise<Response> {
  // Signals of jsdom are none to Node's requests.
  const { signal: _, ...rest } = init ?? {};
  const request = new Request(input, rest);
  // The signal that was given, not the request's own: that one only follows it.
  const given = init?.signal === undefined ? (input as Partial<Request> | undefined)?.signal : init.signal;
  const signal = given ?? request.signal;
  signal.throwIfAborted();
  const bodyless = request.method === "GET" || request.method === "HEAD";
  const sent = bodyless ? new Uint8Array() : await requestBody(request, init);
  signal.throwIfAborted();

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

/** The body of a request. */
async function requestBody(request: Request, init: RequestInit | undefined): Promise<Bytes> {
  const { body } = init ?? {};
  const isText = typeof body === "string" || body instanceof URLSearchParams;
  return isText ? new TextEncoder().encode(String(body)) : new Uint8Array(await request.arrayBuffer());
}

/**
 * Has the bytes of a body given without a stream. Node reads its own bodies by `queueMicrotask`, whatever that is: under the fake
 * timers of Jest and Sinon nobody would ever run it.
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

/**
 * The origin that was asked: an address has it, or a server's request in `Host`. Without either, addresses stay
 * relative.
 */
function originOf(origin: string | undefined, headers: HeaderPairs): string {
  if (origin) return origin;
  const [, host] = [...headers].find(([name]) => name.toLowerCase() === "host") ?? [];
  return host ? `http://${host}` : "";
}

/** The parts of the API's description that name its server. */
interface OpenapiDocument {
  servers: { url: string; description: string }[];
  components: { securitySchemes: { clientCredentials: { flows: { clientCredentials: { tokenUrl: string } } } } };
}

/** The description of the API, with a sandbox as its server. */
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
    // A copy: what a module gives is shared.
    description = structuredClone(await openapi()) as OpenapiDocument;
  } catch (cause) {
    throw withCode(new Error("The sandbox's openapi.json could not be loaded.", { cause }), "LOAD_FAILED");
  }
  description.servers = [{ url: origin + BASE_PATH, description: "A sandbox of the service." }];
  description.components.securitySchemes.clientCredentials.flows.clientCredentials.tokenUrl = origin + TOKEN_PATH;
  return answer(200, description);
}

/** Resolves after a time; rejects with the signal's reason as soon as it is aborted. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", aborted);
      resolve();
    }, ms);
    const aborted = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    if (signal.aborted) aborted();
    else signal.addEventListener("abort", aborted, { once: true });
  });
}

/** The body as it arrives. */
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

/** The methods of a response that read its body; older runtimes lack `bytes`. */
const BODY_READERS = ["arrayBuffer", "blob", "bytes", "formData", "json", "text"] as const;

/**
 * Reading an aborted body rejects with the signal's reason, as it does after a real fetch. Chromium makes a TypeError
 * of every error of a stream that is not its own.
 */
function rejectWithReason(response: Response, signal: AbortSignal): void {
  for (const name of BODY_READERS) {
    const read: (() => Promise<unknown>) | undefined = response[name];
    if (!read) continue;
    const value = () =>
      read.call(response).catch((error: unknown) => {
        throw signal.aborted ? signal.reason : error;
      });
    Object.defineProperty(response, name, { value });
  }
}

/** A body cut into pieces. */
export function splitBody(bytes: Bytes): Bytes[] {
  const length = Math.max(1, Math.ceil(bytes.length / CHUNK_COUNT));
  const cut = [];
  for (let at = 0; at < bytes.length; at += length) cut.push(bytes.subarray(at, at + length));
  return cut;
}

/** A stream of what a generator yields. It ends early when the signal is aborted or its reader leaves. */
function streamOf(
  generate: (ended: AbortSignal) => AsyncGenerator<Bytes, void>,
  signal: AbortSignal,
): ReadableStream<Bytes> {
  const ended = new AbortController();
  const end = () => ended.abort(signal.reason);
  const source = generate(ended.signal);
  const stopped = () => signal.removeEventListener("abort", end);
  return new ReadableStream({
    start(controller) {
      if (signal.aborted) end();
      else signal.addEventListener("abort", end, { once: true });
      ended.signal.addEventListener("abort", () => {
        stopped();
        controller.error(ended.signal.reason);
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
