// The clock of the page's sandbox. The browser's storage keeps it, so that a reload continues the history of the cases, as with a
// real service, and all tabs show the same one.

/** The time for which cases have changed when a history begins, so that not all changes are of this minute. */
const PAST_MS = 36 * 3_600_000;
/** The age at which a history is replaced: by then each case has changed several times. */
const MAX_AGE_MS = 14 * 24 * 3_600_000;
const HOUR_MS = 3_600_000;

/** A history of the sandbox. Times are milliseconds. */
interface History {
  /** The instant at which it begins. */
  readonly startMs: number;
  /** The time by which the clock was advanced by hand. */
  readonly advancedMs: number;
  /** The instant at which the clock stands, apart from what is advanced; `null` for a clock that runs with the page's. */
  readonly standsAtMs: number | null;
}

/** The place of the clock: a part of `localStorage`. */
export type ClockStorage = Pick<Storage, "getItem" | "setItem">;

/** A clock that runs with the page's, and can be advanced by hand. */
export interface SandboxClock {
  /** The instant at which the history of the cases begins. */
  readonly startMs: number;
  /** Returns the present instant. */
  now(): number;
  /** Advances the clock, in all tabs. */
  advance(ms: number): void;
}

/** Opens the clock of a sandbox with this number of cases: it continues the history in the storage, or begins one. */
export function openSandboxClock(cases: number, storage: ClockStorage, now: () => number = Date.now): SandboxClock {
  const key = `portal.sandbox.clock.${cases}`;
  const write = (history: History) => storage.setItem(key, JSON.stringify(history));
  const begun = readHistory(storage.getItem(key), now()) ?? beginHistory(now(), write);
  // Another tab may have advanced it.
  const history = () => parseHistory(storage.getItem(key)) ?? begun;
  return {
    startMs: begun.startMs,
    now: () => instantOf(history(), now()),
    advance: (ms) => write({ ...history(), advancedMs: history().advancedMs + ms }),
  };
}

/** Begins a history at a full hour, so that tabs that open at the same time begin the same one. */
function beginHistory(nowMs: number, write: (history: History) => void): History {
  const history = { startMs: Math.floor((nowMs - PAST_MS) / HOUR_MS) * HOUR_MS, advancedMs: 0, standsAtMs: null };
  write(history);
  return history;
}

const instantOf = ({ standsAtMs, advancedMs }: History, nowMs: number): number => (standsAtMs ?? nowMs) + advancedMs;

/** Returns the history of a text, unless it is too old or begins in the future. */
function readHistory(text: string | null, nowMs: number): History | null {
  const history = parseHistory(text);
  const age = history ? instantOf(history, nowMs) - history.startMs : Number.NaN;
  return age >= 0 && age <= MAX_AGE_MS ? history : null;
}

function parseHistory(text: string | null): History | null {
  try {
    const { startMs, advancedMs, standsAtMs = null } = JSON.parse(text ?? "null") ?? {};
    const areTimes = [startMs, advancedMs, standsAtMs ?? 0].every(Number.isSafeInteger);
    return areTimes ? { startMs, advancedMs, standsAtMs } : null;
  } catch {
    // Anything may be under the key.
    return null;
  }
}
