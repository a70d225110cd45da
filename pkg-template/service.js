// The sandbox's face: the service itself, as a `fetch`. What it answers is decided in the wasm; what an answer suffers
// on its way (a delay, a body that breaks) is done here.

import { pairs } from "./lines.js";
import { NETWORK_FAILURE } from "./stand-in.js";
import init, { initSync, RawSandbox } from "./wasm/sandbox.js";

const BASE_URL = "https://sandbox.invalid/case/v3";
const TOKEN_URL = "https://sandbox.invalid/oauth2/default/v1/token";

/** Where the API is described, and where the description says that it is and that tokens are. */
const OPENAPI_PATH = "/__sandbox/openapi.json";
const BASE_PATH = new URL(BASE_URL).pathname;
const TOKEN_PATH = new URL(TOKEN_URL).pathname;

/** A body that comes slowly comes in so many pieces. */
const PIECES = 8;

/**
 * Makes `createSandbox` for a runtime. `now` gives the module at once, where a runtime can; `later` gives what
 * wasm-bindgen's init takes. `openapi` gives the package's `openapi.json`, when it is asked for. One instance serves all
 * sandboxes of a page or process.
 */
export function sandboxFrom({ now, later, openapi }) {
  let loading;
  const load = async () => {
    if (now) initSync({ module: now() });
    else await init({ module_or_path: later() });
  };
  return async function createSandbox(options = {}) {
    loading ??= load().catch((cause) => {
      // The next call tries again: a network may come back.
      loading = undefined;
      throw new Error("The sandbox's WebAssembly module could not be loaded. Is sandbox.wasm where the script is?", { cause });
    });
    await loading;
    return new Sandbox(new RawSandbox(options ?? {}, Date.now()), openapi);
  };
}

/** Answers one request, before anything happens to the answer: what a server on a socket starts from. */
export let answerOf;

/** Answers a request that is no HTTP, at once. */
export let refusalOf;

class Sandbox {
  #raw;
  #openapi;

  static {
    answerOf = (sandbox, method, url, headers, body) => sandbox.#answer(method, url, headers, body);
    refusalOf = (sandbox) => sandbox.#handle("GET", `${BASE_PATH}/%`, [], new Uint8Array());
  }

  constructor(raw, openapi) {
    this.#raw = raw;
    this.#openapi = openapi;
    // A client takes it as it stands: `new CaseClient({ fetch: sandbox.fetch })`.
    this.fetch = this.fetch.bind(this);
  }

  get baseUrl() {
    return BASE_URL;
  }

  get tokenUrl() {
    return TOKEN_URL;
  }

  #open() {
    if (!this.#raw) throw new TypeError("The sandbox was freed.");
    return this.#raw;
  }

  async #answer(method, url, headers, body) {
    const [, origin, path] = /^(\w+:\/\/[^/?#]*)?([^?#]*)/.exec(url);
    if (path === OPENAPI_PATH) {
      this.#open();
      return described(method, originOf(origin, headers), this.#openapi);
    }
    return this.#handle(method, url, headers, body);
  }

  /** Headers go in and come out as lines. */
  #handle(method, url, headers, body) {
    let lines = "";
    for (const [name, value] of headers) lines += `${name}:${value}\n`;
    const answer = this.#open().handle(Date.now(), method, url, lines, body);
    const [status, text, bytes, delayMs, effect, effectMs] = answer;
    return { status, headers: pairs(text), body: bytes, delayMs, effect, effectMs };
  }

  async fetch(input, init) {
    const request = new Request(input, init);
    // The signal that was given, not the request's own: that one only follows it.
    const given = init?.signal === undefined ? input?.signal : init.signal;
    const signal = given ?? request.signal;
    signal.throwIfAborted();
    const bodyless = request.method === "GET" || request.method === "HEAD";
    const sent = bodyless ? new Uint8Array() : new Uint8Array(await request.arrayBuffer());
    signal.throwIfAborted();

    const answer = await this.#answer(request.method, request.url, request.headers, sent);
    if (answer.delayMs > 0) await pause(answer.delayMs, signal);
    if (answer.effect === "reset") throw new TypeError(NETWORK_FAILURE);
    const response = new Response(request.method === "HEAD" ? null : body(answer, signal), {
      status: answer.status,
      headers: answer.headers,
    });
    Object.defineProperty(response, "url", { value: request.url });
    if (answer.effect === "slow_body") rejectWithReason(response, signal);
    return response;
  }

  info(options = {}) {
    return this.#open().info(Date.now(), options);
  }

  put(record) {
    this.#open().put(Date.now(), record);
  }

  advance(ms) {
    if (!Number.isSafeInteger(ms) || ms < 0) {
      throw new TypeError(`ms: expected a whole number of milliseconds, 0 or more, got ${String(ms)}`);
    }
    this.#open().advance(ms);
  }

  fault(name, options = {}) {
    if (typeof options !== "object" || options === null) {
      throw new TypeError("fault: expected an object as its second argument");
    }
    this.#open().fault({ ...options, name });
  }

  clearFaults() {
    this.#open().clearFaults();
  }

  free() {
    this.#raw?.free();
    this.#raw = undefined;
  }
}

// Older runtimes know no `using`.
if (Symbol.dispose) {
  Object.defineProperty(Sandbox.prototype, Symbol.dispose, { value: Sandbox.prototype.free });
}

/** The origin that was asked: an address has it, or a server's request in `Host`. Nothing leaves addresses relative. */
function originOf(origin, headers) {
  if (origin) return origin;
  const [, host] = [...headers].find(([name]) => name.toLowerCase() === "host") ?? [];
  return host ? `http://${host}` : "";
}

/** The description of the API, with a sandbox as its server. */
async function described(method, origin, openapi) {
  const answer = (status, value, more = []) => ({
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
  let description;
  try {
    // A copy: what a module gives is shared.
    description = structuredClone(await openapi());
  } catch (cause) {
    throw new Error("The sandbox's openapi.json could not be loaded.", { cause });
  }
  description.servers = [{ url: origin + BASE_PATH, description: "A sandbox of the service." }];
  description.components.securitySchemes.clientCredentials.flows.clientCredentials.tokenUrl = origin + TOKEN_PATH;
  return answer(200, description);
}

/** Resolves after so many milliseconds; rejects with the signal's reason as soon as it is aborted. */
function pause(ms, signal) {
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
function body(answer, signal) {
  if (answer.effect === "truncated_body") {
    const half = answer.body.subarray(0, answer.body.length >> 1);
    return stream(async function* () {
      yield half;
      throw new TypeError("terminated");
    }, signal);
  }
  if (answer.effect === "slow_body") {
    return stream(async function* (ended) {
      for (const [index, piece] of pieces(answer.body).entries()) {
        if (index > 0) await pause(answer.effectMs / (PIECES - 1), ended);
        yield piece;
      }
    }, signal);
  }
  return answer.body;
}

/**
 * Reading an aborted body rejects with the signal's reason, as it does after a real fetch. Chromium makes a TypeError of
 * every error of a stream that is not its own.
 */
function rejectWithReason(response, signal) {
  for (const name of ["arrayBuffer", "blob", "bytes", "formData", "json", "text"]) {
    const read = response[name];
    if (!read) continue;
    const value = () =>
      read.call(response).catch((error) => {
        throw signal.aborted ? signal.reason : error;
      });
    Object.defineProperty(response, name, { value });
  }
}

/** A body cut into pieces. */
export function pieces(bytes) {
  const length = Math.max(1, Math.ceil(bytes.length / PIECES));
  const cut = [];
  for (let at = 0; at < bytes.length; at += length) cut.push(bytes.subarray(at, at + length));
  return cut;
}

/** A stream of what a generator yields. It ends early when the signal is aborted or its reader leaves. */
function stream(generate, signal) {
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
