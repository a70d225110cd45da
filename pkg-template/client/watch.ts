// Hooks, logger and token cache of a client. They are the caller's own code: the logger is told of their failures, and no
// call is.

import type { CaseApiError } from "./errors.js";
import type {
  CallEvent,
  Hooks,
  Logger,
  LogLevel,
  RequestEvent,
  ResponseEvent,
  RetryEvent,
  TokenCache,
  WaitEvent,
} from "./options.js";
import { unixMs } from "./timer.js";

export const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** The function that is called with each event (JSON text); `undefined` where nobody watches. */
export type Watch = (text: string) => void;

/** An event as the wasm tells it. */
interface RawEvent extends CallEvent {
  hook: keyof Events;
  status?: number;
  ms?: number;
  kind?: CaseApiError["kind"];
  code?: string;
  messageId?: string;
  text?: string;
}

interface Events {
  onRequest: RequestEvent;
  onResponse: ResponseEvent;
  onRetry: RetryEvent;
  onWait: WaitEvent;
}

export function watcher(
  hooks: Hooks | undefined,
  logger: Logger | undefined,
  level: LogLevel = "info",
): Watch | undefined {
  if (!hooks && !logger) return undefined;
  const report = <H extends keyof Events>(hook: H, raw: RawEvent) => {
    const event = EVENTS[hook](raw);
    log(logger, level, ...LINES[hook](event), event);
    guarded(logger, hook, () => (hooks?.[hook] as ((event: Events[H]) => unknown) | undefined)?.(event));
  };
  return (text) => {
    const { hook, ...event } = JSON.parse(text) as RawEvent;
    report(hook, event as RawEvent);
  };
}

/** The token in a cache and the seconds to its expiry; no text where there is none or the cache fails. */
export async function lookUp(
  cache: TokenCache,
  logger: Logger | undefined,
): Promise<{ access_token: string; expires_in: number | undefined }> {
  const token = await guarded(logger, "tokenCache.get", () => cache.get());
  const { access_token = "", expires_at = null } = (token ?? {}) as { access_token?: string; expires_at?: unknown };
  if (expires_at === null) return { access_token, expires_in: undefined };
  // A date or its text as well; anything that is no time counts as past.
  const seconds = (Number(typeof expires_at === "string" ? Date.parse(expires_at) : expires_at) - unixMs()) / 1000;
  return { access_token, expires_in: Number.isNaN(seconds) ? 0 : seconds };
}

/** Puts a token into a cache. */
export function store(cache: TokenCache, logger: Logger | undefined, access_token: string, lifeMs: number): void {
  const expires_at = Number.isNaN(lifeMs) ? null : unixMs() + lifeMs;
  guarded(logger, "tokenCache.set", () => cache.set({ access_token, expires_at }));
}

/** Calls the caller's own code; `undefined`, or a promise of it, where that throws or rejects. */
function guarded<T>(logger: Logger | undefined, name: string, work: () => T): T | Promise<T | undefined> | undefined {
  const failed = (error: unknown) => {
    log(logger ?? console, "error", "error", `${name} threw`, error);
    return undefined;
  };
  try {
    const given = work();
    const isThenable = typeof (given as { then?: unknown } | undefined)?.then === "function";
    return isThenable ? Promise.resolve(given).catch(failed) : given;
  } catch (error) {
    return failed(error);
  }
}

function log(logger: Logger | undefined, least: LogLevel, level: LogLevel, line: string, about: unknown): void {
  if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
  try {
    logger?.[level]?.(`cisco-support-case: ${line}`, about);
  } catch {
    // A logger that throws has nobody to tell.
  }
}

const common = ({ call, operation, ids, attempt }: RawEvent): CallEvent => ({ call, operation, ids, attempt });
const failure = ({ kind, code, status }: RawEvent) => ({
  kind: kind ?? null,
  code: code ?? null,
  status: status ?? null,
});

/** Events as hooks get them. */
const EVENTS: { [H in keyof Events]: (event: RawEvent) => Events[H] } = {
  onRequest: (event) => ({ ...common(event), url: event.text ?? "" }),
  onResponse: (event) => ({
    ...common(event),
    ...failure(event),
    status: event.kind ? (event.status ?? null) : 200,
    ms: event.ms ?? 0,
    messageId: event.messageId ?? null,
  }),
  onRetry: (event) => ({ ...common(event), ...failure(event), waitMs: event.ms ?? 0 }) as RetryEvent,
  onWait: (event) => ({
    ...common(event),
    waitsFor: event.text as WaitEvent["waitsFor"],
    waitMs: event.ms ?? null,
  }),
};

const name = ({ call, operation, attempt }: CallEvent) => `${operation}${call ? ` #${call}` : ""}, request ${attempt}`;
const outcome = ({ status, code }: { status: number | null; code: string | null }) =>
  [status, code].filter((part) => part !== null).join(" ");

/** The names of the hooks. */
export const HOOKS: readonly string[] = Object.keys(EVENTS);

/** A level and a line for each event. */
const LINES: { [H in keyof Events]: (event: Events[H]) => [LogLevel, string] } = {
  onRequest: (event) => ["debug", `${name(event)}: ${event.url}`],
  onResponse: (event) => [event.kind ? "warn" : "debug", `${name(event)}: ${outcome(event)} after ${event.ms} ms`],
  onRetry: (event) => ["info", `${name(event)} in ${event.waitMs} ms, after ${outcome(event)}`],
  onWait: (event) => ["debug", `${name(event)} waits for ${event.waitsFor}`],
};
