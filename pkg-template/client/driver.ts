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
import { errorFromWasm, ownError, type Reason, worded } from "./errors.js";
import { type Exchanged, exchange } from "./exchange.js";
import type { ClientInput, Provider } from "./input.js";
import { check, enter, failure, giveBack, sleepers } from "./module.js";
import { put } from "./records.js";
import { abortController, isIsolated } from "./runtime.js";
import { steadyMs, unixMs, wakeAfter } from "./timer.js";
import { lookUp, store } from "./watch.js";

/** The part of a client that its calls share. */
export interface Host {
  readonly raw: RawClient;
  /** The module that it is of. */
  readonly generation: number;
  readonly input: ClientInput;
  /** The drivers that sleep, by their calls: how to wake them. */
  readonly sleeping: Map<number, () => void>;
  /** The causes of the last failures to get a token, by the numbers of the questions. */
  readonly causes: Map<number, Reason>;
  /** The number of calls and readers that use it. */
  pending: number;
  /** Whether its memory is to be given back after the last of them. */
  isFreed: boolean;
}

export function hostOf(raw: RawClient, generation: number, input: ClientInput): Host {
  const host = { raw, generation, input, sleeping: new Map(), causes: new Map(), pending: 0, isFreed: false };
  // A member that can never change comes out of every Proxy as it is. Freed behind one, the memory would be freed once more
  // when the object itself is collected.
  return Object.defineProperty(host, "raw", { writable: false, configurable: false });
}

/** Gives back the memory of a host, now or when nothing uses it any more. */
export function freeHost(host: Host): void {
  if (host.isFreed) return;
  host.isFreed = true;
  if (host.pending === 0) giveBack(host.raw, host.generation);
}

/** Keeps the memory of a host until it is let go as often. */
export function hold(host: Host): void {
  host.pending += 1;
  if (!isIsolated) sleepers.add(host.sleeping);
}

export function letGo(host: Host): void {
  host.pending -= 1;
  if (host.pending > 0) return;
  sleepers.delete(host.sleeping);
  if (host.isFreed) giveBack(host.raw, host.generation);
}

/** The result of a call, with the response that it came in. */
export interface Driven<T> {
  value: T;
  exchanged: Exchanged;
}

/** Something that a driver has in flight. */
interface Flight {
  controller: AbortController | undefined;
  /** Reports its end to the engine, once it has ended. */
  report: (() => void) | undefined;
  /** Whether nobody waits for it any more, and its end is of use all the same. */
  isLate: boolean;
}

/** Runtimes count timers in 31 bits and fire at once beyond. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** A request to the service itself without a token. */
const TO_NOBODY = /^https:\/\/apix\.cisco\.com\/(?![^]*\nauthorization:)/i;
/** A driver that was not run for this long was given up by the engine. */
const LOST_MS = 60_000;
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
  provider: Provider | undefined,
  take: () => T,
): Promise<Driven<T>> {
  const { raw, input } = host;
  let flight: Flight | undefined;
  let wake: (() => void) | undefined;
  let exchanged: Exchanged | undefined;
  let reason: (Reason & { send: number }) | undefined;
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
    const started: Flight = { controller, report: undefined, isLate: false };
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
          keepReason(host, send, reason);
          reportFailure(send);
        });
      },
    );
  };
  const answered = (send: number, got: Exchanged) => {
    exchanged = got;
    put(raw.alloc(got.length), got.body);
    raw.onResponse(id, send, got.status, got.headers, steadyMs(), unixMs());
  };
  const failed = (send: number) => raw.onFailure(id, send, steadyMs(), unixMs());
  const send = () => {
    const controller = abortController();
    // The caller's `fetch` may call the client: what the action says is read before.
    const number = raw.inFlight();
    const text = raw.text();
    // The service answers nobody without a token. A `fetch` of the caller's may send one.
    if (!input.fetch && TO_NOBODY.test(text)) throw ownError("NO_TOKEN");
    const sent = exchange(input.fetch, text, controller.signal, input.credentials);
    start(number, sent, answered, failed, controller, text);
  };

  const granted = (send: number, [token, seconds]: [string, number]) =>
    raw.onToken(id, send, true, token, seconds, steadyMs(), unixMs());
  const notGranted = (send: number) => raw.onToken(id, send, false, "", 0, steadyMs(), unixMs());
  const ask = (provider: () => unknown) => {
    const number = raw.inFlight();
    // Reading what it gave may throw as well as asking it.
    start(number, (async () => tokenOf(await provider()))(), granted, notGranted);
  };

  /** Sleeps until something happens, but not longer. */
  const sleep = async (ms: number) => {
    const due = steadyMs() + ms;
    let stopTimer: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      wake = resolve;
      host.sleeping.set(id, resolve);
      if (ms === Number.POSITIVE_INFINITY) return;
      stopTimer = wakeAfter(Math.min(ms, MAX_TIMER_MS), resolve);
    });
    stopTimer?.();
    wake = undefined;
    host.sleeping.delete(id);
    if (isIsolated && steadyMs() - due > LOST_MS) throw ownError("TIMEOUT", "(the runtime was suspended for a minute)");
  };

  const stopListening = signal && listen(signal, () => wake?.());
  hold(host);
  try {
    for (;;) {
      check(host.generation);
      if (!isAborted && signal && of(signal, "aborted") === true) {
        isAborted = true;
        raw.abort(id, steadyMs(), unixMs());
      }
      const action = raw.next(id, steadyMs(), unixMs());
      switch (action) {
        case ACTION_WAIT: {
          const ms = raw.ms();
          wakeOthers(host);
          // A hook may have aborted it just now.
          if (!flight?.report && (isAborted || !signal || of(signal, "aborted") !== true)) await sleep(ms);
          check(host.generation);
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
          ask(input.provider as Provider);
          break;
        case ACTION_REQUEST_OWN_TOKEN:
          ask(provider as Provider);
          break;
        case ACTION_CANCEL_TOKEN_REQUEST:
          if (flight) flight.isLate = true;
          flight = undefined;
          break;
        case ACTION_READ_TOKEN_CACHE:
          ask(() => input.cache && lookUp(input.cache, input.logger));
          break;
        case ACTION_STORE_TOKEN: {
          const token = raw.text();
          if (input.cache) store(input.cache, input.logger, token, raw.ms());
          break;
        }
        case ACTION_EMIT:
          input.watch?.(raw.text());
          break;
        case ACTION_SUCCEED: {
          isDone = true;
          const value = take();
          wakeOthers(host);
          return { value, exchanged: exchanged as Exchanged };
        }
        case ACTION_FAIL: {
          isDone = true;
          const text = raw.text();
          wakeOthers(host);
          throw errorFromWasm(text, (origin) => {
            if (origin === ORIGIN_SIGNAL) return { cause: signal && of(signal, "reason"), address: "" };
            return origin === reason?.send ? reason : host.causes.get(origin);
          });
        }
        default:
          isDone = true;
          throw ownError("TIMEOUT", "(the runtime was suspended for a minute)");
      }
    }
  } catch (thrown) {
    const error = failure(thrown);
    if (!isDone) forget(host, id);
    throw await worded(error);
  } finally {
    stopListening?.();
    flight?.controller?.abort();
    letGo(host);
  }
}

/** The used and the remaining part of a client's limits, at the positions of the wasm's. */
export function budgetOf({ raw, generation }: Host): Float64Array {
  const address = enter(() => raw.budget(steadyMs(), unixMs()), generation);
  return new Float64Array(check().memory.buffer, address, BUDGET_LENGTH);
}

/** Wakes the drivers whose turn has come. */
function wakeOthers(host: Host): void {
  for (let id = host.raw.nextWoken(); id !== 0; id = host.raw.nextWoken()) host.sleeping.get(id)?.();
}

/** Reports the token of a provider whose call has ended. */
function reportLate(host: Host, report: () => void): void {
  // A client without calls has no use for it, and may have given its memory back.
  if (host.pending === 0) return;
  try {
    check(host.generation);
    report();
    wakeOthers(host);
  } catch (thrown) {
    failure(thrown);
  }
}

/** Removes a call that its driver cannot go on with. */
function forget(host: Host, id: number): void {
  try {
    check(host.generation);
    host.raw.remove(id, steadyMs(), unixMs());
    wakeOthers(host);
  } catch (thrown) {
    failure(thrown);
  }
}

function keepReason(host: Host, send: number, reason: Reason): void {
  host.causes.set(send, reason);
  const [oldest] = host.causes.keys();
  if (host.causes.size > MAX_CAUSES) host.causes.delete(oldest as number);
}

/** A token and its seconds, out of a text or what a token endpoint answers; an empty token out of anything else. */
function tokenOf(given: unknown): [token: string, seconds: number] {
  if (typeof given === "string") return [given, Number.NaN];
  const { access_token, expires_in } = (given ?? {}) as { access_token?: unknown; expires_in?: unknown };
  return [
    typeof access_token === "string" ? access_token : "",
    typeof expires_in === "number" ? expires_in : Number.NaN,
  ];
}

/** A member of a signal, which may be anybody's object; `undefined` where that throws. */
function of(signal: AbortSignal, name: "aborted" | "reason"): unknown {
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
function listen(signal: AbortSignal, callback: () => void): () => void {
  const { callbacks, stop } = listeners.get(signal) ?? listenTo(signal);
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
    if (callbacks.size > 0) return;
    listeners.delete(signal);
    stop();
  };
}

function listenTo(signal: AbortSignal): Listeners {
  const callbacks = new Set<() => void>();
  const tell = () => {
    for (const one of [...callbacks]) one();
  };
  // A signal that throws here cannot be listened to.
  attempt(() => signal.addEventListener("abort", tell));
  const all = { callbacks, stop: () => attempt(() => signal.removeEventListener("abort", tell)) };
  listeners.set(signal, all);
  return all;
}

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // It is the caller's object.
  }
}
