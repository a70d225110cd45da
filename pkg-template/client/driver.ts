// The driver of one call: an async function in its caller's context, which asks the engine what to do next and does it
// with its own `fetch`, timer and signal. It awaits no promise that another call created. What calls share (rate limit,
// token) is data in the engine; a call that waits for what another is doing comes back by its own timer, and where the
// runtime allows it, another one wakes it early.

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
import { errorFromWasm, clientError, type CauseInfo, withTexts } from "./errors.js";
import { type HttpResult, sendRequest } from "./http-call.js";
import type { ClientInput, TokenProvider } from "./input.js";
import { clientExports, callWasm, toCaseApiError, freeIfCurrent, allWakers } from "./wasm-instance.js";
import { writeBody } from "./materialize.js";
import { createAbortController, isIsolated } from "./runtime.js";
import { monotonicMs, unixMs, setTimer } from "./timer.js";
import { readTokenCache, storeToken } from "./token-cache.js";

/** The part of a client that its calls share. */
export interface Host {
  readonly raw: RawClient;
  /** The module that it is of. */
  readonly generation: number;
  readonly input: ClientInput;
  /** The drivers that sleep, by their calls: how to wake them. */
  readonly wakers: Map<number, () => void>;
  /** The causes of the last failures to get a token, by the numbers of the questions. */
  readonly causes: Map<number, CauseInfo>;
  /** The number of calls and readers that use it. */
  pending: number;
  /** Whether its memory is to be given back after the last of them. */
  isFreed: boolean;
}

export function createHost(raw: RawClient, generation: number, input: ClientInput): Host {
  const host = { raw, generation, input, wakers: new Map(), causes: new Map(), pending: 0, isFreed: false };
  // A member that can never change comes out of every Proxy as it is. Freed behind one, the memory would be freed once more
  // when the object itself is collected.
  return Object.defineProperty(host, "raw", { writable: false, configurable: false });
}

/** Gives back the memory of a host, now or when nothing uses it any more. */
export function freeHost(host: Host): void {
  if (host.isFreed) return;
  host.isFreed = true;
  if (host.pending === 0) freeIfCurrent(host.raw, host.generation);
}

/** Keeps the memory of a host until it is let go as often. */
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

/** The result of a call, with the response that it came in. */
export interface DrivenResult<T> {
  value: T;
  httpResult: HttpResult;
}

/** Something that a driver has in flight. */
interface InFlight {
  controller: AbortController | undefined;
  /** Reports its end to the engine, once it has ended. */
  report: (() => void) | undefined;
  /** Whether nobody waits for it any more, and its end is of use all the same. */
  isLate: boolean;
}

/** Runtimes count timers in 31 bits and fire at once beyond. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** A request to the service itself without a token. */
const TOKENLESS_REQUEST = /^https:\/\/apix\.cisco\.com\/(?![^]*\nauthorization:)/i;
/** A driver that was not run for this long was given up by the engine. */
const MAX_OVERSLEEP_MS = 60_000;
/** The number of causes that are kept for those who wait for a token. */
const MAX_CAUSES = 16;

/**
 * Drives a call that was begun to its end. `take` takes its result out of the engine as soon as it is there.
 *
 * Rejects with the error of the call, or with one of kind `internal` if the module breaks.
 */
export async function drive<T>(
  host: Host,
  id: number,
  signal: AbortSignal | undefined,
  provider: TokenProvider | undefined,
  take: () => T,
): Promise<DrivenResult<T>> {
  const { raw, input } = host;
  let flight: InFlight | undefined;
  let wake: (() => void) | undefined;
  let exchanged: HttpResult | undefined;
  let reason: (CauseInfo & { send: number }) | undefined;
  let isAborted = false;
  let isDone = false;

  /** Puts something in flight; the reports are what the engine is told of its end. */
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
    const landed = (report: () => void) => {
      started.report = report;
      if (started.isLate) reportLate(host, report);
      else if (flight === started) wake?.();
    };
    promise.then(
      (result) => landed(() => report(send, result)),
      (thrown) => {
        // What has failed on this side may still be under way on the other.
        controller?.abort();
        landed(() => {
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
    // The caller's `fetch` may call the client: what the action says is read before.
    const number = raw.inFlight();
    const text = raw.takeText();
    // The service answers nobody without a token. A `fetch` of the caller's may send one.
    if (!input.fetch && TOKENLESS_REQUEST.test(text)) throw clientError("NO_TOKEN");
    const sent = sendRequest(input.fetch, text, controller.signal, input.credentials);
    start(number, sent, answered, failed, controller, text);
  };

  const granted = (send: number, [token, seconds]: [string, number]) =>
    raw.onToken(id, send, true, token, seconds, monotonicMs(), unixMs());
  const notGranted = (send: number) => raw.onToken(id, send, false, "", 0, monotonicMs(), unixMs());
  const ask = (provider: () => unknown) => {
    const number = raw.inFlight();
    // Reading what it gave may throw as well as asking it.
    start(number, (async () => parseToken(await provider()))(), granted, notGranted);
  };

  /** Sleeps until something happens, but not longer. */
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
      if (!isAborted && signal && readSignal(signal, "aborted") === true) {
        isAborted = true;
        raw.abort(id, monotonicMs(), unixMs());
      }
      const action = raw.next(id, monotonicMs(), unixMs());
      switch (action) {
        case ACTION_WAIT: {
          const ms = raw.ms();
          wakeOthers(host);
          // A hook may have aborted it just now.
          if (!flight?.report && (isAborted || !signal || readSignal(signal, "aborted") !== true)) await sleep(ms);
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
          ask(provider as TokenProvider);
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
            if (origin === ORIGIN_SIGNAL) return { cause: signal && readSignal(signal, "reason"), address: "" };
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

/** The used and the remaining part of a client's limits, at the positions of the wasm's. */
export function budgetOf({ raw, generation }: Host): Float64Array {
  const address = callWasm(() => raw.budget(monotonicMs(), unixMs()), generation);
  return new Float64Array(clientExports().memory.buffer, address, BUDGET_LENGTH);
}

/** Wakes the drivers whose turn has come. */
function wakeOthers(host: Host): void {
  for (let id = host.raw.nextWoken(); id !== 0; id = host.raw.nextWoken()) host.wakers.get(id)?.();
}

/** Reports the token of a provider whose call has ended. */
function reportLate(host: Host, report: () => void): void {
  // A client without calls has no use for it, and may have given its memory back.
  if (host.pending === 0) return;
  try {
    clientExports(host.generation);
    report();
    wakeOthers(host);
  } catch (thrown) {
    toCaseApiError(thrown);
  }
}

/** Removes a call that its driver cannot go on with. */
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

/** A token and its seconds, out of a text or what a token endpoint answers; an empty token out of anything else. */
function parseToken(given: unknown): [token: string, seconds: number] {
  if (typeof given === "string") return [given, Number.NaN];
  const { access_token, expires_in } = (given ?? {}) as { access_token?: unknown; expires_in?: unknown };
  return [
    typeof access_token === "string" ? access_token : "",
    typeof expires_in === "number" ? expires_in : Number.NaN,
  ];
}

/** A member of a signal, which may be anybody's object; `undefined` where that throws. */
function readSignal(signal: AbortSignal, name: "aborted" | "reason"): unknown {
  try {
    return signal[name];
  } catch {
    return undefined;
  }
}

/** Those who listen to a signal, and how to stop: however many calls have it, it has one listener of this package. */
interface Listeners {
  callbacks: Set<() => void>;
  stop: () => void;
}

const listeners = new WeakMap<AbortSignal, Listeners>();

/** Calls a function when a signal is aborted; returns how to stop that. */
function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const { callbacks, stop } = listeners.get(signal) ?? addListener(signal);
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
    if (callbacks.size > 0) return;
    listeners.delete(signal);
    stop();
  };
}

function addListener(signal: AbortSignal): Listeners {
  const callbacks = new Set<() => void>();
  const tell = () => {
    for (const one of [...callbacks]) one();
  };
  // A signal that throws here cannot be listened to.
  ignoreErrors(() => signal.addEventListener("abort", tell));
  const all = { callbacks, stop: () => ignoreErrors(() => signal.removeEventListener("abort", tell)) };
  listeners.set(signal, all);
  return all;
}

function ignoreErrors(work: () => void): void {
  try {
    work();
  } catch {
    // It is the caller's object.
  }
}
