// What the store's tests share: the packed package's files, a model of a store, storages that crash, and simulated time.
//
//   PACKAGE   the packed package's folder

import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { random as seeded } from "../random.mjs";

export { ModelSource } from "./model-source.mjs";

const { PACKAGE } = process.env;
if (!PACKAGE) throw new Error("PACKAGE must be set; the head of this file says to what");

/** Imports a script of the package by its path: the parts of the store are not exported one by one. */
export const script = (path) => import(pathToFileURL(join(PACKAGE, path)).href);

/** A reproducible generator of numbers from 0 to below 1. */
export const random = (seed) => seeded(seed).fraction;

/** The crash of a process or a tab. */
export class Crash extends Error {}

/** A storage in memory that crashes after a number of single writes. An interrupted write leaves half of an array. */
export class MemoryStorage {
  isShared = true;
  name = "memory";
  /** The number of single writes until the crash. */
  stepsLeft = Number.POSITIVE_INFINITY;
  steps = 0;
  written = 0;
  mark = null;

  constructor(parts = new Map(), { isAtomic = false } = {}) {
    this.parts = parts;
    this.isAtomic = isAtomic;
  }

  #check() {
    if (this.stepsLeft < 0) throw new Crash("crashed");
  }

  #step() {
    this.steps += 1;
    this.stepsLeft -= 1;
    return this.stepsLeft < 0;
  }

  async read(keys) {
    this.#check();
    return keys.map((key) => this.parts.get(key)?.slice());
  }

  async write(puts, removes, epoch) {
    this.#check();
    const { script: error } = MemoryStorage;
    if (epoch !== undefined && this.epoch() !== epoch) throw error("STORE_LEADER_CHANGED");
    const target = this.isAtomic ? new Map(this.parts) : this.parts;
    for (const [key, bytes] of puts) {
      if (this.#step()) {
        // Half of it was written.
        if (!this.isAtomic) this.parts.set(key, bytes.slice(0, bytes.length >> 1));
        throw new Crash("crashed");
      }
      target.set(key, bytes.slice());
      this.written += bytes.length;
    }
    for (const key of removes) {
      if (this.#step()) throw new Crash("crashed");
      target.delete(key);
    }
    if (this.isAtomic) {
      this.parts.clear();
      for (const [key, bytes] of target) this.parts.set(key, bytes);
    }
  }

  async keys() {
    this.#check();
    return [...this.parts.keys()];
  }

  async clear() {
    this.parts.clear();
  }

  epoch() {
    const bytes = this.parts.get("epoch");
    return bytes ? new DataView(bytes.buffer).getUint32(0, true) : 0;
  }

  async takeEpoch() {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, this.epoch() + 1, true);
    this.parts.set("epoch", bytes);
    return this.epoch();
  }

  readMark() {
    return this.mark;
  }

  writeMark(mark) {
    this.mark = mark;
  }

  release() {}
  async close() {}
  async destroy() {
    this.parts.clear();
  }
}

const { savingError } = await script("store/saving-errors.js");
MemoryStorage.script = savingError;

/** Simulated time: timers run when it is advanced. */
export class SimulatedClock {
  ms = 1_700_000_000_000;
  timers = [];
  number = 0;

  now = () => this.ms;

  setTimer = (ms, wake) => {
    const timer = { at: this.ms + ms, wake, number: (this.number += 1) };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  };

  /** Sets the clock forward or back. Timers run when they would have run without that. */
  set(ms) {
    this.ms += ms;
    for (const timer of this.timers) timer.at += ms;
  }

  /** Advances the time, and lets promises settle after each timer. */
  async advance(ms) {
    const end = this.ms + ms;
    await settle();
    for (;;) {
      const due = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.number - b.number)[0];
      if (!due) break;
      this.timers = this.timers.filter((one) => one !== due);
      this.ms = Math.max(this.ms, due.at);
      due.wake();
      await settle();
    }
    this.ms = Math.max(this.ms, end);
    await settle();
  }
}

/**
 * An adapter of `custom` in memory that crashes after a number of single writes, of which the last one leaves half of an array.
 */
export function crashingAdapter(parts = new Map(), state = { stepsLeft: Number.POSITIVE_INFINITY }) {
  const step = () => {
    if (state.stepsLeft <= 0) throw new Crash("crashed");
    state.stepsLeft -= 1;
    return state.stepsLeft === 0;
  };
  return {
    state,
    parts,
    read: async (keys) => keys.map((key) => parts.get(key)?.slice()),
    async write(puts, removes) {
      for (const [key, bytes] of puts) {
        if (step()) {
          parts.set(key, bytes.slice(0, bytes.length >> 1));
          throw new Crash("crashed");
        }
        parts.set(key, bytes.slice());
      }
      for (const key of removes) {
        if (step()) throw new Crash("crashed");
        parts.delete(key);
      }
    },
    keys: async () => [...parts.keys()],
    clear: async () => parts.clear(),
  };
}

/** Lets promises settle. */
export async function settle() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setImmediate(done));
}
