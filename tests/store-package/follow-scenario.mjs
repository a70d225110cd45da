// A scenario of following: a simulated service, a store in memory, and a page.

import { random, script, settle, SimulatedClock } from "./harness.mjs";
import { SimulatedService, SimulatedTarget } from "./service.mjs";

const { follow } = await script("store/follow.js");

/** A page with simulated time, connection and visibility. */
export class Page {
  clock = new SimulatedClock();
  isOnline = true;
  isHidden = false;
  listeners = new Set();
  number = random(5);

  now = () => this.clock.now();
  setTimer = (ms, wake) => this.clock.setTimer(ms, wake);
  random = () => this.number();
  listen = (listener) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  async set(change) {
    Object.assign(this, change);
    for (const listener of [...this.listeners]) listener();
    await settle();
  }
}

/** Lets a save complete. */
export async function ticks() {
  for (let tick = 0; tick < 20; tick += 1) await undefined;
}

export const CONTRACTS = ["c1", "c2", "c3"];

export function scenario({
  cases = 30,
  target = new SimulatedTarget(),
  params,
  options,
  service = serviceOf(cases),
  page = new Page(),
} = {}) {
  const states = [];
  const followed = follow(
    service.client(),
    { contract_ids: CONTRACTS, ...params },
    target,
    {
      ...options,
      onProgress: (status) => {
        const text = status.state + (status.reason ? ` ${status.reason}` : "");
        if (states.at(-1) !== text) states.push(text);
      },
    },
    page,
  );
  return { service, target, page, states, followed, advance: (ms) => page.clock.advance(ms) };
}

export function serviceOf(cases) {
  const service = new SimulatedService();
  for (let at = 0; at < cases; at += 1) service.set(`case-${at}`, CONTRACTS[at % 3]);
  return service;
}

/** The state of the service as the store must have it. */
export const expected = (service, ids = CONTRACTS) =>
  service
    .visible(ids)
    .map(({ case_id, title, sequence }) => [case_id, title, sequence])
    .sort();
export const held = (target) =>
  [...target.held.values()].map(({ case_id, title, updated }) => [case_id, title, updated]).sort();
