// Work in short turns between the other tasks of a page.

/**
 * The milliseconds of a turn. A piece waits for the next turn if the longest one of this turn would not fit. The pieces of the indexes
 * take less than 1 ms each, so that a turn takes less than 4 ms also where a piece is longer than those before.
 */
const TURN_MS = 2.75;
/** The most pieces of a turn, if the clock does not end it before: in some runtimes it stands still. */
const MAX_PIECES = 24;

/**
 * Calls a function in turns until it returns `true`, or throws, and then calls another one. Returns a function that ends the work
 * before.
 */
export function workInTurns(workPiece: () => boolean, onEnd: () => void): () => void {
  const schedule = createSchedule(turn);
  function turn(): void {
    if (isOver()) {
      schedule.close();
      onEnd();
    } else schedule.next();
  }
  function isOver(): boolean {
    const start = performance.now();
    let before = start;
    let longest = 0;
    for (let pieces = 1; ; pieces += 1) {
      try {
        if (workPiece()) return true;
      } catch {
        // The next call of who is working throws the same error.
        return true;
      }
      const now = performance.now();
      longest = Math.max(longest, now - before);
      if (pieces === MAX_PIECES || now + longest > start + TURN_MS) return false;
      before = now;
    }
  }
  schedule.next();
  return schedule.close;
}

/** The turns of one work. */
interface Schedule {
  next(): void;
  close(): void;
}

/** Returns the schedule of a function that is called after the tasks that wait already. */
function createSchedule(turn: () => void): Schedule {
  // Pages delay each timer that a timer has started by 4 ms: the work would last three times as long.
  if (typeof document === "object" && typeof MessageChannel === "function") {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = turn;
    return { next: () => port2.postMessage(null), close: () => port1.close() };
  }
  let timer: unknown;
  return {
    next() {
      timer = setTimeout(turn, 0);
      // On Node the work does not keep the process running.
      (timer as { unref?(): void }).unref?.();
    },
    close: () => clearTimeout(timer as number),
  };
}
