// Who watches a client: its hooks, and its logger. Both are the caller's own; what goes wrong in them is the logger's to
// tell, and nothing of the client's.

export const LEVELS = ["debug", "info", "warn", "error"];

/** The function that the wasm calls with each event (JSON text); undefined where nobody watches. */
export function watcher(hooks, logger, level = "info") {
  if (!hooks && !logger) return undefined;
  return (text) => {
    const { hook, ...event } = JSON.parse(text);
    const told = EVENTS[hook](event);
    log(logger, level, ...LINES[hook](told), told);
    call(logger, hook, () => hooks?.[hook]?.(told));
  };
}

/**
 * A cache of tokens as the wasm asks it: seconds to go instead of a time, and where it fails it has nothing.
 */
export function guarded(cache, logger) {
  return {
    async get() {
      const token = await call(logger, "tokenCache.get", () => cache.get());
      const { access_token = "", expires_at = null } = token ?? {};
      // A date or its text as well; what is no time at all is one that is past.
      const expires_in = (Number(typeof expires_at === "string" ? Date.parse(expires_at) : expires_at) - Date.now()) / 1000;
      return { access_token, expires_in: expires_at === null ? undefined : Number.isNaN(expires_in) ? 0 : expires_in };
    },
    set(access_token, seconds) {
      const expires_at = seconds === null ? null : Date.now() + seconds * 1000;
      call(logger, "tokenCache.set", () => cache.set({ access_token, expires_at }));
    },
  };
}

/** Calls what is the caller's own; undefined, or a promise of it, where that throws or rejects. */
function call(logger, name, work) {
  const failed = (error) => log(logger ?? console, "error", "error", `${name} threw`, error);
  try {
    const given = work();
    return typeof given?.then === "function" ? Promise.resolve(given).catch(failed) : given;
  } catch (error) {
    return failed(error);
  }
}

function log(logger, least, level, line, what) {
  if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
  try {
    logger?.[level]?.(`cisco-support-case: ${line}`, what);
  } catch {
    // A logger that throws has nobody to tell.
  }
}

const common = ({ call, operation, ids, attempt }) => ({ call, operation, ids, attempt });
const failure = ({ kind = null, code = null, status = null }) => ({ kind, code, status });

/** Events as hooks get them. */
const EVENTS = {
  onRequest: (event) => ({ ...common(event), url: event.text }),
  onResponse: (event) => ({
    ...common(event),
    ...failure(event),
    status: event.kind ? (event.status ?? null) : 200,
    ms: event.ms,
    messageId: event.messageId ?? null,
  }),
  onRetry: (event) => ({ ...common(event), ...failure(event), waitMs: event.ms }),
  onWait: (event) => ({ ...common(event), waitsFor: event.text, waitMs: event.ms ?? null }),
};

const name = ({ call, operation, attempt }) => `${operation}${call ? ` #${call}` : ""}, request ${attempt}`;
const outcome = ({ status, code }) => [status, code].filter((part) => part !== null).join(" ");

/** The names of the hooks. */
export const HOOKS = Object.keys(EVENTS);

/** A level and a line for each. */
const LINES = {
  onRequest: (event) => ["debug", `${name(event)}: ${event.url}`],
  onResponse: (event) => [event.kind ? "warn" : "debug", `${name(event)}: ${outcome(event)} after ${event.ms} ms`],
  onRetry: (event) => ["info", `${name(event)} in ${event.waitMs} ms, after ${outcome(event)}`],
  onWait: (event) => ["debug", `${name(event)} waits for ${event.waitsFor}`],
};
