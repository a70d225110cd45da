// How often the page shows the status of following: what it does at once, its progress some times a second.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { load } from "./load.mjs";

const { createShownStatus } = await load("app/shown-status.ts");

const IDLE = {
  state: "filling",
  reason: null,
  error: null,
  isFilled: false,
  cases: 0,
  requests: 0,
  lastProgressAt: null,
};

/** Following whose status is set by hand, and the statuses that one component has rendered. */
function following() {
  const listeners = new Set();
  const follow = {
    status: IDLE,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const shown = createShownStatus(follow);
  const rendered = [];
  const set = (change) => {
    follow.status = { ...follow.status, ...change };
    for (const listener of listeners) listener();
  };
  const stop = shown.subscribe(() => rendered.push(shown.getSnapshot()));
  return { follow, shown, rendered, set, stop, listeners };
}

test("a thousand responses of a fill are shown five times a second, the last one too", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { rendered, set, shown } = following();
  for (let requests = 1; requests <= 1000; requests += 1) {
    set({ requests, cases: requests * 100, lastProgressAt: requests });
    assert.equal(shown.getSnapshot(), shown.getSnapshot());
    mock.timers.tick(2);
  }
  mock.timers.tick(200);
  assert.equal(rendered.length, 10);
  assert.equal(rendered.at(-1).requests, 1000);
  mock.timers.reset();
});

test("a new state is shown at once, with the progress up to it, and not again", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { rendered, set } = following();
  set({ requests: 1 });
  assert.deepEqual(rendered, []);
  set({ state: "following", isFilled: true, requests: 2 });
  assert.deepEqual(
    rendered.map(({ state, requests }) => [state, requests]),
    [["following", 2]],
  );
  mock.timers.tick(1000);
  assert.equal(rendered.length, 1);
  mock.timers.reset();
});

test("a change between rendering and subscribing is shown, also if it is the last one", () => {
  const follow = { status: IDLE, subscribe: () => () => {} };
  const shown = createShownStatus(follow);
  const rendered = shown.getSnapshot();
  follow.status = { ...IDLE, state: "stopped" };
  const stop = shown.subscribe(() => {});
  assert.notEqual(shown.getSnapshot(), rendered);
  assert.equal(shown.getSnapshot().state, "stopped");
  stop();
});

test("without components nothing waits, and the next one shows the present status", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { follow, shown, rendered, set, stop, listeners } = following();
  set({ requests: 1 });
  stop();
  assert.equal(listeners.size, 0);
  mock.timers.tick(1000);
  assert.deepEqual(rendered, []);
  follow.status = { ...follow.status, requests: 7 };
  assert.equal(shown.getSnapshot().requests, 7);
  mock.timers.reset();
});
