// A clock that other programs disturb less: long spans are measured by the processor time of this thread.

import { WALL_CLOCK } from "./rounds.mjs";

/** The span in milliseconds from which the processor time counts: it is updated every few milliseconds only. */
const LONG = 12;

const processorMs = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/** The clock where the runtime has the processor time of a thread; else the time that passes. */
export const threadClock = globalThis.process?.threadCpuUsage
  ? {
      now: () => ({ wall: performance.now(), processor: processorMs() }),
      since({ wall, processor }) {
        const passed = performance.now() - wall;
        return passed < LONG ? passed : Math.min(passed, processorMs() - processor);
      },
    }
  : WALL_CLOCK;
