// Simulated tabs of one browser: locks, channels, visibility, and tabs that the browser freezes.

import { MemoryStorage, ModelSource, script, settle, SimulatedClock } from "./harness.mjs";

const { PersistenceSession } = await script("store/persistence/session.js");

const abortError = () => new DOMException("The request was aborted.", "AbortError");

/** A browser with any number of tabs. */
export class SimulatedBrowser {
  clock = new SimulatedClock();
  tabs = [];
  /** The queue of each lock: the first one holds it. */
  locks = new Map();
  channels = new Set();
  messages = 0;

  tab(options) {
    const tab = new SimulatedTab(this, options);
    this.tabs.push(tab);
    return tab;
  }

  request(name, { signal, steal, ifAvailable, mode }, work, tab) {
    return new Promise((resolve, reject) => {
      const queue = this.locks.get(name) ?? [];
      this.locks.set(name, queue);
      // The answer comes after those to earlier requests.
      if (ifAvailable && queue.length > 0) return queueMicrotask(() => resolve(work(null)));
      const request = { tab, resolve, reject, isHeld: false, isShared: mode === "shared" };
      const remove = () => {
        if (queue.includes(request)) queue.splice(queue.indexOf(request), 1);
        next();
      };
      const next = () => {
        for (const [at, waiting] of queue.entries()) {
          // Requests are granted in their order; shared ones together.
          if (at > 0 && !(waiting.isShared && queue.slice(0, at).every(({ isShared }) => isShared))) return;
          if (waiting.isHeld) continue;
          waiting.isHeld = true;
          queueMicrotask(waiting.begin);
        }
      };
      request.begin = async () => {
        try {
          resolve(await work({ name }));
        } catch (error) {
          reject(error);
        }
        remove();
      };
      request.remove = remove;
      signal?.addEventListener("abort", () => {
        if (request.isHeld) return;
        remove();
        reject(abortError());
      });
      if (steal) {
        const [held] = queue;
        if (held?.isHeld) {
          queue.shift();
          held.tab.whenRunning(() => held.reject(abortError()));
        }
        queue.unshift(request);
      } else queue.push(request);
      next();
    });
  }

  holder(name) {
    return this.locks.get(name)?.[0]?.tab ?? null;
  }

  advance = (ms) => this.clock.advance(ms);
}

class SimulatedTab {
  isFrozen = false;
  isDeaf = false;
  isHidden = false;
  listeners = new Map();
  /** Timers and messages that came while it was frozen. */
  pending = [];
  openChannels = new Set();

  constructor(browser, { hasLocks = true, hasChannels = true } = {}) {
    this.browser = browser;
    const { clock } = browser;
    this.environment = {
      locks: hasLocks ? { request: (name, options, work) => browser.request(name, options, work, this) } : undefined,
      openChannel: hasChannels ? (name) => this.#channel(name) : undefined,
      page: {
        tab: this,
        get isHidden() {
          return this.tab.isHidden;
        },
        listen: (event, listener) => {
          const known = this.listeners.get(event) ?? new Set();
          this.listeners.set(event, known.add(listener));
          return () => known.delete(listener);
        },
      },
      now: clock.now,
      setTimer: (ms, wake) => clock.setTimer(ms, () => this.whenRunning(wake)),
    };
  }

  #channel(name) {
    const { browser } = this;
    const channel = {
      name,
      tab: this,
      onmessage: null,
      postMessage: (data) => {
        browser.messages += 1;
        for (const other of browser.channels) {
          if (other === channel || other.name !== name) continue;
          // A frozen tab misses messages for ever.
          queueMicrotask(() => {
            const hears = browser.channels.has(other) && !other.tab.isFrozen && !other.tab.isDeaf;
            if (hears) other.onmessage?.({ data: structuredClone(data) });
          });
        }
      },
      close: () => {
        browser.channels.delete(channel);
        this.openChannels.delete(channel);
      },
    };
    browser.channels.add(channel);
    this.openChannels.add(channel);
    return channel;
  }

  async fire(event) {
    for (const listener of [...(this.listeners.get(event) ?? [])]) listener();
    await settle();
  }

  async hide() {
    this.isHidden = true;
    await this.fire("visibilitychange");
  }

  async show() {
    this.isHidden = false;
    await this.fire("visibilitychange");
  }

  /** Freezes the tab without any event, as a suspended computer or a debugger does. */
  suspend() {
    this.isFrozen = true;
  }

  /** Does something now, or when the tab runs again. */
  whenRunning(work) {
    if (this.isFrozen) this.pending.push(work);
    else work();
  }

  async resume() {
    this.isFrozen = false;
    for (const wake of this.pending.splice(0)) wake();
    await settle();
  }
}

/** Opens a session of a tab over the parts of a storage, and notes its events. `more` replaces members of the source and the storage. */
export async function session(tab, parts, more = {}) {
  const source = new ModelSource();
  Object.assign(source, more.source);
  const storage = Object.assign(new MemoryStorage(parts, { isAtomic: true }), more.storage);
  const noted = { states: [], contents: 0, erased: 0 };
  const persist = {
    open: async (_, events) => {
      if (more.open) await more.open();
      storage.events = events;
      return storage;
    },
    nameOf: () => storage.name,
    erase: async () => parts.clear(),
  };
  const opened = await PersistenceSession.open({
    persist,
    scope: "alice",
    source,
    tabs: tab.environment,
    hasTabs: true,
    setTimer: tab.environment.setTimer,
    events: {
      onState: (state) => noted.states.push(state),
      onContent: () => (noted.contents += 1),
      onErased: () => (noted.erased += 1),
    },
  });
  await settle();
  return { session: opened, source, storage, noted, tab };
}
