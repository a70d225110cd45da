// The driver of one call: an async function in its caller's async context, which takes actions from the engine and executes
// them with its own `fetch`, timer and signal. It awaits no promise of another call. Calls share the rate limit and the token
// as data in the engine. A call that waits for another one polls by its own timer; where the runtime allows it, the other
// call wakes it earlier.

import {
  ACTION_REQUEST_OWN_TOKEN,
  ACTION_REQUEST_TOKEN,
  ACTION_CANCEL,
  ACTION_CANCEL_TOKEN_REQUEST,
  ACTION_FAIL,
  ACTION_STORE_TOKEN,
  ACTION_READ_TOKEN_CACHE,
  ACTION_SEND,
  ACTION_SUCCEED,
  ACTION_EMIT,
  ACTION_WAIT,
  ORIGIN_SIGNAL,
  BUDGET_LENGTH,
} from "../generated/boundary.js";
import type { RawClient } from "../wasm/client.js";
import type { ClientInput } from "./call-input.js";
import type { ProvidedToken, TokenProvider, TokenSource } from "./token-source.js";
import { errorFromWasm, clientError, type CauseInfo, withTexts } from "./errors.js";
import type { Host } from "./host.js";
import { type HttpResult, sendRequest } from "./http-call.js";
import { clientExports, callWasm, toCaseApiError, freeIfCurrent, allWakers } from "./wasm-instance.js";
import { onAbort, readSignal } from "./abort-signal.js";
import { writeBody } from "./materialize.js";
import { createAbortController, isIsolated } from "./runtime.js";
import { monotonicMs, unixMs, setTimer } from "./timer.js";
import { readTokenCache, storeToken } from "./token-cache.js";

export function createHost(raw: RawClient, generation: number, input: ClientInput): Host {
  const host = { raw, generation, input, wakers: new Map(), causes: new Map(), pending: 0, isFreed: false };
  // A read-only, non-configurable member is returned unwrapped by every Proxy. Freed through a Proxy, the memory would be
  // freed again when the object itself is collected.
  return Object.defineProperty(host, "raw", { writable: false, configurable: false });
}

/** Frees the memory of a host, now or after the last call that uses it. */
export function freeHost(host: Host): void {
  if (host.isFreed) return;
  host.isFreed = true;
  if (host.pending === 0) freeIfCurrent(host.raw, host.generation);
}

/** Retains the memory of a host, until `releaseHost` was called as often. */
export function retainHost(host: Host): void {
  host.pending += 1;
  if (!isIsolated) allWakers.add(host.wakers);
}

export function releaseHost(host: Host): void {
  host.pending -= 1;
  if (host.pending > 0) return;
  allWakers.delete(host.wakers);
  if (host.isFreed) freeIfCurrent(host.raw, host.generation);
}

/** The value of a call, with its response. */
export interface DrivenResult<T> {
  value: T;
  httpResult: HttpResult;
}

/** A request or a token request that a driver has in flight. */
interface InFlight {
  controller: AbortController | undefined;
  /** Reports the result to the engine; set when it has ended. */
  report: (() => void) | undefined;
  /** Whether the call no longer waits for it. The result is still reported, for other calls. */
  isLate: boolean;
}

/** The longest timer: runtimes use 31 bits and fire longer timers at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Matches a request to the service itself without a token. */
const TOKENLESS_REQUEST = /^https:\/\/apix\.cisco\.com\/(?![^]*\nauthorization:)/i;
/** The maximum delay of a timer. The engine removes a call whose driver was suspended for longer. */
const MAX_OVERSLEEP_MS = 60_000;
/** The maximum number of remembered causes. */
const MAX_CAUSES = 16;

/**
 * Drives a call to its end. `take` takes the result out of the engine immediately.
 *
 * Rejects with the error of the call, or with one of kind `internal` if the module breaks.
 */
export async function drive<T>(
  host: Host,
  id: number,
  signal: AbortSignal | undefined,
  provider: TokenSource | undefined,
  take: () => T,
): Promise<DrivenResult<T>> {
  const { raw, input } = host;
  let flight: InFlight | undefined;
  let wake: (() => void) | undefined;
  let exchanged: HttpResult | undefined;
  let reason: (CauseInfo & { send: number }) | undefined;
  let ownToken: ProvidedToken | undefined;
  let isAborted = false;
  let isDone = false;

  /** Puts a request in flight; `report` and `reportFailure` pass its result to the engine. */
  const start = <R>(
    send: number,
    promise: Promise<R>,
    report: (send: number, result: R) => void,
    reportFailure: (send: number) => void,
    controller?: AbortController,
    request = "",
  ) => {
    const started: InFlight = { controller, report: undefined, isLate: false };
    flight = started;
    const complete = (report: () => void) => {
      started.report = report;
      if (started.isLate) reportLate(host, report);
      else if (flight === started) wake?.();
    };
    promise.then(
      (result) => complete(() => report(send, result)),
      (thrown) => {
        // A request that failed here may still be in progress on the other side.
        controller?.abort();
        complete(() => {
          reason = { send, cause: thrown, address: /^\w+:\/\/[^/\n]*/.exec(request)?.[0] ?? "" };
          rememberCause(host, send, reason);
          reportFailure(send);
        });
      },
    );
  };
  const answered = (send: number, got: HttpResult) => {
    exchanged = got;
    writeBody(raw.alloc(got.length), got.body);
    raw.onResponse(id, send, got.status, got.headers, monotonicMs(), unixMs());
  };
  const failed = (send: number) => raw.onFailure(id, send, monotonicMs(), unixMs());
  const send = () => {
    const controller = createAbortController();
    // The caller's `fetch` may call the client, which overwrites the data of the action: it is read first.
    const number = raw.inFlight();
    const text = raw.takeText();
    // The service rejects requests without a token. A custom `fetch` may add one.
    if (!input.fetch && TOKENLESS_REQUEST.test(text)) throw clientError("NO_TOKEN");
    const sent = sendRequest(input.fetch, text, controller.signal, input.credentials);
    start(number, sent, answered, failed, controller, text);
  };

  const granted = (send: number, [token, seconds]: [string, number]) =>
    raw.onToken(id, send, true, token, seconds, monotonicMs(), unixMs());
  const notGranted = (send: number) => raw.onToken(id, send, false, "", 0, monotonicMs(), unixMs());
  const ask = (provider: () => unknown) => {
    const number = raw.inFlight();
    // The provider may throw, and so may reading its result.
    start(number, (async () => parseToken(await provider()))(), granted, notGranted);
  };

  /** Sleeps until the driver is woken, at most for a time in milliseconds. */
  const sleep = async (ms: number) => {
    const due = monotonicMs() + ms;
    let stopTimer: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      wake = resolve;
      host.wakers.set(id, resolve);
      if (ms === Number.POSITIVE_INFINITY) return;
      stopTimer = setTimer(Math.min(ms, MAX_TIMER_MS), resolve);
    });
    stopTimer?.();
    wake = undefined;
    host.wakers.delete(id);
    if (isIsolated && monotonicMs() - due > MAX_OVERSLEEP_MS)
      throw clientError("TIMEOUT", "(the runtime was suspended for a minute)");
  };

  const stopListening = signal && onAbort(signal, () => wake?.());
  retainHost(host);
  try {
    for (;;) {
      clientExports(host.generation);
      if (!isAborted && readSignal(signal, "aborted") === true) {
        isAborted = true;
        raw.abort(id, monotonicMs(), unixMs());
      }
      const action = raw.next(id, monotonicMs(), unixMs());
      switch (action) {
        case ACTION_WAIT: {
          const ms = raw.ms();
          wakeOthers(host);
          // A hook may have aborted the signal in the meantime.
          if (!flight?.report && (isAborted || readSignal(signal, "aborted") !== true)) await sleep(ms);
          clientExports(host.generation);
          const report = flight?.report;
          if (report) {
            flight = undefined;
            report();
          }
          break;
        }
        case ACTION_SEND:
          send();
          break;
        case ACTION_CANCEL:
          flight?.controller?.abort();
          flight = undefined;
          break;
        case ACTION_REQUEST_TOKEN:
          ask(input.provider as TokenProvider);
          break;
        case ACTION_REQUEST_OWN_TOKEN:
          // The second request of one attempt means that the token was rejected.
          ask(async () => (ownToken = await (provider as TokenSource).get(ownToken)));
          break;
        case ACTION_CANCEL_TOKEN_REQUEST:
          if (flight) flight.isLate = true;
          flight = undefined;
          break;
        case ACTION_READ_TOKEN_CACHE:
          ask(() => input.cache && readTokenCache(input.cache, input.logger));
          break;
        case ACTION_STORE_TOKEN: {
          const token = raw.takeText();
          if (input.cache) storeToken(input.cache, input.logger, token, raw.ms());
          break;
        }
        case ACTION_EMIT:
          input.watch?.(raw.takeText());
          break;
        case ACTION_SUCCEED: {
          isDone = true;
          const value = take();
          wakeOthers(host);
          return { value, httpResult: exchanged as HttpResult };
        }
        case ACTION_FAIL: {
          isDone = true;
          const text = raw.takeText();
          wakeOthers(host);
          throw errorFromWasm(text, (origin) => {
            if (origin === ORIGIN_SIGNAL) return { cause: readSignal(signal, "reason"), address: "" };
            return origin === reason?.send ? reason : host.causes.get(origin);
          });
        }
        default:
          isDone = true;
          throw clientError("TIMEOUT", "(the runtime was suspended for a minute)");
      }
    }
  } catch (thrown) {
    const error = toCaseApiError(thrown);
    if (!isDone) removeCall(host, id);
    throw await withTexts(error);
  } finally {
    stopListening?.();
    flight?.controller?.abort();
    releaseHost(host);
  }
}

/** The usage of a client's rate limits, at the `BUDGET_` positions. */
export function budgetOf({ raw, generation }: Host): Float64Array {
  const address = callWasm(() => raw.budget(monotonicMs(), unixMs()), generation);
  return new Float64Array(clientExports().memory.buffer, address, BUDGET_LENGTH);
}

/** Wakes the drivers that the engine names. */
function wakeOthers(host: Host): void {
  for (let id = host.raw.nextWoken(); id !== 0; id = host.raw.nextWoken()) host.wakers.get(id)?.();
}

/** Reports the token of a provider after the end of its call. */
function reportLate(host: Host, report: () => void): void {
  // A client without calls does not need the token, and may have been freed.
  if (host.pending === 0) return;
  try {
    clientExports(host.generation);
    report();
    wakeOthers(host);
  } catch (thrown) {
    toCaseApiError(thrown);
  }
}

/** Removes a call whose driver failed. */
function removeCall(host: Host, id: number): void {
  try {
    clientExports(host.generation);
    host.raw.remove(id, monotonicMs(), unixMs());
    wakeOthers(host);
  } catch (thrown) {
    toCaseApiError(thrown);
  }
}

function rememberCause(host: Host, send: number, reason: CauseInfo): void {
  host.causes.set(send, reason);
  const [oldest] = host.causes.keys();
  if (host.causes.size > MAX_CAUSES) host.causes.delete(oldest as number);
}

/** Reads a token and its lifetime from the result of a provider; an empty token from any other value. */
function parseToken(given: unknown): [token: string, seconds: number] {
  if (typeof given === "string") return [given, Number.NaN];
  const { access_token, expires_in } = (given ?? {}) as { access_token?: unknown; expires_in?: unknown };
  return [
    typeof access_token === "string" ? access_token : "",
    typeof expires_in === "number" ? expires_in : Number.NaN,
  ];
}
