// Hooks and logger of a client. They are the caller's code: their failures go to the logger, and never fail a call.

import type { CaseApiError } from "./errors.js";
import type {
  CallEvent,
  Hooks,
  Logger,
  LogLevel,
  RequestEvent,
  ResponseEvent,
  RetryEvent,
  WaitEvent,
} from "./options.js";

export const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** A function that receives each event as JSON text. */
export type EventSink = (text: string) => void;

/** An event in the JSON of the wasm. */
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

export function createEventListener(
  hooks: Hooks | undefined,
  logger: Logger | undefined,
  level: LogLevel = "info",
): EventSink | undefined {
  if (!hooks && !logger) return undefined;
  const report = <H extends keyof Events>(hook: H, raw: RawEvent) => {
    const event = TO_EVENT[hook](raw);
    log(logger, level, ...LOG_LINES[hook](event), event);
    callGuarded(logger, hook, () => (hooks?.[hook] as ((event: Events[H]) => unknown) | undefined)?.(event));
  };
  return (text) => {
    const { hook, ...event } = JSON.parse(text) as RawEvent;
    report(hook, event as RawEvent);
  };
}

/** Calls a function of the caller. Returns `undefined`, or a promise of it, if the function throws or rejects. */
export function callGuarded<T>(
  logger: Logger | undefined,
  name: string,
  work: () => T,
): T | Promise<T | undefined> | undefined {
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
    // There is no other place to report the failure of a logger.
  }
}

const commonFields = ({ call, operation, ids, attempt }: RawEvent): CallEvent => ({ call, operation, ids, attempt });
const failureFields = ({ kind, code, status }: RawEvent) => ({
  kind: kind ?? null,
  code: code ?? null,
  status: status ?? null,
});

/** Functions that convert the wasm's events to those of hooks. */
const TO_EVENT: { [H in keyof Events]: (event: RawEvent) => Events[H] } = {
  onRequest: (event) => ({ ...commonFields(event), url: event.text ?? "" }),
  onResponse: (event) => ({
    ...commonFields(event),
    ...failureFields(event),
    status: event.kind ? (event.status ?? null) : 200,
    ms: event.ms ?? 0,
    messageId: event.messageId ?? null,
  }),
  onRetry: (event) => ({ ...commonFields(event), ...failureFields(event), waitMs: event.ms ?? 0 }) as RetryEvent,
  onWait: (event) => ({
    ...commonFields(event),
    waitsFor: event.text as WaitEvent["waitsFor"],
    waitMs: event.ms ?? null,
  }),
};

const name = ({ call, operation, attempt }: CallEvent) => `${operation}${call ? ` #${call}` : ""}, request ${attempt}`;
const outcome = ({ status, code }: { status: number | null; code: string | null }) =>
  [status, code].filter((part) => part !== null).join(" ");

/** The names of all hooks. */
export const HOOKS: readonly string[] = Object.keys(TO_EVENT);

/** A level and a line for each event. */
const LOG_LINES: { [H in keyof Events]: (event: Events[H]) => [LogLevel, string] } = {
  onRequest: (event) => ["debug", `${name(event)}: ${event.url}`],
  onResponse: (event) => [event.kind ? "warn" : "debug", `${name(event)}: ${outcome(event)} after ${event.ms} ms`],
  onRetry: (event) => ["info", `${name(event)} in ${event.waitMs} ms, after ${outcome(event)}`],
  onWait: (event) => ["debug", `${name(event)} waits for ${event.waitsFor}`],
};
