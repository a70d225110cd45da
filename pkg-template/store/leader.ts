// The election of one tab, which fills a store and saves it. The others read what it saves.
//
// The lock of the browser (Web Locks) elects; timers never do, since browsers slow them down in hidden tabs. A browser keeps
// the lock of a frozen tab, so the leader gives it back when it is hidden for long or frozen, and tells the others regularly
// that it works. A visible tab that hears nothing asks, waits, and then takes the lock away. The former leader may still
// believe that it leads: each write carries the epoch of its leader, and the storage rejects an earlier one.

import { monotonicMs, setTimer } from "../client/timer.js";

/**
 * The role of a tab.
 *
 * - `"leader"`: it fills and saves.
 * - `"follower"`: another tab does; this one reads what that tab saves.
 * - `"alone"`: tabs cannot agree here (no Web Locks), so each fills for itself, in memory.
 * - `"resting"`: the tab is hidden for long, frozen, or left; it neither leads nor waits to lead.
 */
export type TabRole = "leader" | "follower" | "alone" | "resting";

/** The interval of the leader's messages in milliseconds. */
const HEARTBEAT_MS = 5000;
/** The silence after which a visible tab asks for the leader, in milliseconds. */
const SILENCE_MS = 20_000;
/** The maximum wait for an answer of the leader, in milliseconds. Messages reach hidden tabs at once, unlike timers. */
const ANSWER_MS = 3000;
/** The minimum time between two attempts of a tab to take the lock away, in milliseconds. */
const STEAL_PERIOD_MS = 60_000;
/** The time for which a leader may be hidden, in milliseconds. */
const HIDDEN_MS = 5 * 60_000;

/** The part of `BroadcastChannel` that is used. */
export interface TabChannel {
  postMessage(message: unknown): void;
  close(): void;
  onmessage: ((event: MessageEvent) => unknown) | null;
}

/** The part of a page whose events and visibility are used: `document` and `window`. */
export interface TabPage {
  /** Whether the page is hidden. */
  readonly isHidden: boolean;
  /** Adds a listener of an event of the document or the window. Returns a function that removes it. */
  listen(event: "visibilitychange" | "pagehide" | "pageshow" | "freeze" | "resume", listener: () => void): () => void;
}

/** The part of `LockManager` that is used. Its own declaration is part of the DOM, and of none of Node's before 26. */
export interface TabLocks {
  request(name: string, options: TabLockOptions, onHeld: (lock: unknown) => unknown): Promise<unknown>;
}

/** The options of a lock that are used. */
export interface TabLockOptions {
  readonly mode?: "exclusive" | "shared";
  readonly ifAvailable?: boolean;
  readonly steal?: boolean;
  readonly signal?: AbortSignal;
}

/** The platform of an election; tests replace it. */
export interface TabEnvironment {
  /** The lock manager; `undefined` without Web Locks. */
  readonly locks: TabLocks | undefined;
  /** Opens a channel between the tabs; `undefined` without one. */
  readonly openChannel: ((name: string) => TabChannel) | undefined;
  /** The page; `undefined` in workers, which are never hidden. */
  readonly page: TabPage | undefined;
  /** Returns the milliseconds since some start, whatever the clock is set to. */
  now(): number;
  setTimer(ms: number, wake: () => void): () => void;
}

/** Receivers of an election's events. */
export interface LeaderEvents {
  /** Called after each change of the role. */
  onRole(role: TabRole): void;
  /** Called when another tab has saved a generation, and when this tab may have missed messages. */
  onSaved(): void;
  /** Called when another tab erases the store. */
  onErased?(): void;
  /** Called when the page is left or frozen: connections must be released at once. */
  onRest?(): void;
  /** Called when the page is shown again, before anything else is done. */
  onWake?(): void;
}

/** A message between tabs. It contains no data: what is new is in the storage. */
interface Message {
  readonly type: "alive" | "saved" | "erased" | "ask" | "echo";
  /** The tab that sent it. */
  readonly from: string;
  /** The generation that was saved. */
  readonly generation?: number;
}

/** The election among the tabs of one store. */
export class TabElection {
  private currentRole: TabRole = "resting";
  private readonly name: string;
  private readonly events: LeaderEvents;
  private readonly environment: TabEnvironment;
  private readonly id = Math.random().toString(36).slice(2);
  private channel: TabChannel | undefined;
  /** Removes the listeners of the page. */
  private unlisten: (() => void)[] = [];
  /** Stops the timers that run while the tab takes part. */
  private stopTimers = new Map<string, () => void>();
  /** Ends the request for the lock, or gives the lock back. */
  private giveUp: (() => void) | undefined;
  /** The number of the request for the lock: results of earlier ones are ignored. */
  private attempt = 0;
  private heardAt = 0;
  private stoleAt = Number.NEGATIVE_INFINITY;
  private isStopped = false;
  private lockAnswer: Promise<unknown> = Promise.resolve();
  /** The generation that was saved last, as far as this tab knows. */
  private generation = 0;

  constructor(name: string, events: LeaderEvents, environment: TabEnvironment = tabEnvironment()) {
    this.name = channelOf(name);
    this.events = events;
    this.environment = environment;
  }

  get role(): TabRole {
    return this.currentRole;
  }

  /** Resolves once it is known whether this tab or another one has the lock. */
  get decided(): Promise<unknown> {
    return this.lockAnswer;
  }

  /** Takes part in the election. */
  start(): void {
    const { page } = this.environment;
    if (page) {
      this.unlisten = [
        page.listen("visibilitychange", () => this.onVisibility()),
        page.listen("pagehide", () => this.rest()),
        page.listen("freeze", () => this.rest()),
        page.listen("pageshow", () => this.wake()),
        page.listen("resume", () => this.wake()),
      ];
    }
    this.join();
    this.limitHidden();
  }

  /** Leaves the election for good. */
  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    for (const remove of this.unlisten) remove();
    this.leave();
    this.setRole("resting");
  }

  /** Tells the other tabs that this one has saved a generation. */
  announce(generation: number): void {
    this.generation = generation;
    this.post("saved");
  }

  /** Gives the lock back and waits for it again: this tab has found that it does not lead any more, or cannot write. */
  resign(): void {
    if (this.currentRole !== "leader" || this.isStopped) return;
    this.leave();
    this.join();
    this.limitHidden();
  }

  private setRole(role: TabRole): void {
    if (role === this.currentRole) return;
    this.currentRole = role;
    this.events.onRole(role);
  }

  /** Opens the channel and requests the lock. */
  private join(): void {
    const { locks, openChannel } = this.environment;
    // Without a lock every tab would be a leader, and without messages no tab would know what another one saves.
    if (!locks || !openChannel) {
      this.setRole("alone");
      return;
    }
    if (this.channel) return;
    try {
      this.channel = openChannel(this.name);
    } catch {
      this.setRole("alone");
      return;
    }
    this.channel.onmessage = (event) => this.onMessage(event.data);
    this.heardAt = this.environment.now();
    this.setRole("follower");
    this.request(false);
    // Requests are answered in their order: after this one, the first one is known to be granted or to wait.
    this.lockAnswer = locks.request(this.name, { ifAvailable: true }, () => {}).catch(() => {});
    this.watch();
    this.post("ask");
  }

  /** Gives the lock back and closes the channel: both keep a page out of the back/forward cache. */
  private leave(): void {
    this.attempt += 1;
    for (const stop of this.stopTimers.values()) stop();
    this.stopTimers.clear();
    this.giveUp?.();
    this.giveUp = undefined;
    this.channel?.close();
    this.channel = undefined;
  }

  private rest(): void {
    if (!this.isStopped && this.currentRole !== "alone") {
      this.leave();
      this.setRole("resting");
    }
    this.events.onRest?.();
  }

  private wake(): void {
    if (this.isStopped || this.currentRole !== "resting") return;
    this.events.onWake?.();
    this.join();
    this.limitHidden();
    // Messages may have been missed.
    this.events.onSaved();
  }

  private onVisibility(): void {
    if (this.isStopped) return;
    this.limitHidden();
    if (this.environment.page?.isHidden) return;
    if (this.currentRole === "resting") this.wake();
    else if (this.currentRole === "follower") this.events.onSaved();
  }

  /** Lets a hidden tab rest after a while. */
  private limitHidden(): void {
    const { page } = this.environment;
    this.stopTimer("hidden");
    if (!page?.isHidden || this.currentRole === "alone") return;
    this.timer("hidden", HIDDEN_MS, () => {
      if (page.isHidden) this.rest();
    });
  }

  private timer(name: string, ms: number, wake: () => void): void {
    this.stopTimer(name);
    this.stopTimers.set(name, this.environment.setTimer(ms, wake));
  }

  private stopTimer(name: string): void {
    this.stopTimers.get(name)?.();
    this.stopTimers.delete(name);
  }

  /** Requests the lock, or takes it away from its holder. */
  private request(steal: boolean): void {
    const { locks } = this.environment;
    if (!locks) return;
    this.attempt += 1;
    const { attempt } = this;
    this.giveUp?.();
    const controller = new AbortController();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.giveUp = () => {
      release();
      controller.abort();
    };
    const options: TabLockOptions = steal ? { steal } : { signal: controller.signal };
    const onHeld = () => {
      // The request may have been given up just before.
      if (attempt !== this.attempt) return undefined;
      this.lead();
      return held;
    };
    locks.request(this.name, options, onHeld).then(
      () => {},
      (error) => {
        // The request was given up.
        if (attempt !== this.attempt) return;
        if ((Object(error) as { name?: string }).name === "AbortError") this.onLost();
        else this.onRefused();
      },
    );
  }

  /** The browser refuses locks here, as it does for pages of an opaque origin. */
  private onRefused(): void {
    this.leave();
    this.setRole("alone");
  }

  /** Another tab has taken the lock away: this one waits for it again. */
  private onLost(): void {
    this.giveUp = undefined;
    this.stopTimer("heartbeat");
    this.heardAt = this.environment.now();
    this.setRole("follower");
    this.request(false);
    this.watch();
  }

  private lead(): void {
    this.stopTimer("watch");
    this.stopTimer("answer");
    this.beat();
    this.setRole("leader");
  }

  /** Tells the others that the leader works, now and regularly. */
  private beat(): void {
    this.post("alive");
    this.timer("heartbeat", HEARTBEAT_MS, () => this.beat());
  }

  private post(type: Message["type"]): void {
    const message: Message = { type, from: this.id, generation: this.generation };
    try {
      this.channel?.postMessage(message);
    } catch {
      // A closed channel reaches nobody.
    }
  }

  /** Takes a message. A tab of another build may send others, which say nothing about the leader. */
  private onMessage(message: unknown): void {
    const { type, from, generation } = Object(message) as Message;
    if (from === this.id) return;
    if (type === "ask") {
      if (this.currentRole === "leader") this.post("alive");
      return;
    }
    if (type === "erased") {
      this.events.onErased?.();
      return;
    }
    if (type !== "alive" && type !== "saved") return;
    this.heardAt = this.environment.now();
    this.stopTimer("answer");
    // A heartbeat carries the generation as well: a message that was missed is noticed. A store that was erased begins again at 1.
    if (Number.isSafeInteger(generation) && generation !== this.generation) {
      this.generation = generation!;
      this.events.onSaved();
    }
  }

  /** Looks from time to time whether the leader is still there. */
  private watch(): void {
    this.timer("watch", HEARTBEAT_MS, () => {
      const { now, page } = this.environment;
      const isSilent = now() - this.heardAt >= SILENCE_MS;
      const mayTake = now() - this.stoleAt >= STEAL_PERIOD_MS;
      if (isSilent && mayTake && !page?.isHidden) this.ask();
      this.watch();
    });
  }

  /** Asks for the leader, and takes the lock away if there is no answer. */
  private ask(): void {
    if (this.stopTimers.has("answer")) return;
    const asked = this.environment.now();
    this.post("ask");
    this.timer("answer", ANSWER_MS, () => {
      this.stopTimer("answer");
      if (this.currentRole !== "follower" || this.environment.page?.isHidden || this.heardAt > asked) return;
      this.stoleAt = this.environment.now();
      this.hearsItself().then((hears) => {
        if (hears && this.currentRole === "follower" && this.heardAt <= asked) this.request(true);
      });
    });
  }

  /** Whether messages reach this tab at all. A tab that hears nobody must not take the lock from one that works. */
  private hearsItself(): Promise<boolean> {
    const { openChannel, setTimer } = this.environment;
    const name = `${this.name}/echo`;
    return new Promise((resolve) => {
      let channels: TabChannel[] = [];
      const end = (hears: boolean) => {
        for (const channel of channels) channel.close();
        channels = [];
        stop();
        resolve(hears);
      };
      const stop = setTimer(ANSWER_MS, () => end(false));
      try {
        channels = [openChannel!(name), openChannel!(name)];
        const [sender, receiver] = channels as [TabChannel, TabChannel];
        receiver.onmessage = (event) => {
          if ((Object(event.data) as Message).from === this.id) end(true);
        };
        sender.postMessage({ type: "echo", from: this.id } satisfies Message);
      } catch {
        end(false);
      }
    });
  }
}

/** The name of a storage's lock and channel. */
const channelOf = (name: string): string => `cisco-support-case/${name}`;

/**
 * Requests the lock of a storage for its opening, which several tabs can have at once, or for its erasure, which excludes them: a tab
 * that opens the store again because it is being erased must not read what is not erased yet. Resolves to the function that gives
 * the lock back; after a while also without the lock, since a tab that has it may be frozen.
 */
export function lockStorage(name: string, isErasure: boolean, platform: TabEnvironment): Promise<() => void> {
  return new Promise((resolve) => {
    let release = () => {};
    const held = new Promise<void>((done) => {
      release = done;
    });
    const controller = new AbortController();
    const stop = platform.setTimer(ANSWER_MS, () => end(true));
    const end = (isLate = false) => {
      if (isLate) controller.abort();
      stop();
      resolve(release);
    };
    const options: TabLockOptions = { mode: isErasure ? "exclusive" : "shared", signal: controller.signal };
    const onHeld = () => {
      end();
      return held;
    };
    if (!platform.locks) end();
    // A page whose browser refuses locks does not save.
    else platform.locks.request(`cisco-support-case.storage/${name}`, options, onHeld).catch(() => end());
  });
}

/**
 * Calls a function when another tab erases a storage, in a tab that takes no part in the election. Returns the function that ends
 * that.
 */
export function listenForErasure(name: string, onErased: () => void, { openChannel }: TabEnvironment): () => void {
  try {
    const channel = openChannel?.(channelOf(name));
    if (!channel) return () => {};
    channel.onmessage = ({ data }) => {
      if ((Object(data) as Message).type === "erased") onErased();
    };
    return () => channel.close();
  } catch {
    return () => {};
  }
}

/** Tells the other tabs that a storage is erased, also from a tab that takes no part in the election. */
export function announceErasure(name: string, { openChannel }: TabEnvironment): void {
  try {
    const channel = openChannel?.(channelOf(name));
    channel?.postMessage({ type: "erased", from: "" } satisfies Message);
    channel?.close();
  } catch {
    // Without messages each tab is alone.
  }
}

/** The platform of this page or worker. */
export function tabEnvironment(): TabEnvironment {
  const { document, navigator, BroadcastChannel } = globalThis as Partial<typeof globalThis>;
  return {
    locks: (navigator as Partial<Navigator> | undefined)?.locks,
    openChannel: BroadcastChannel && ((name) => new BroadcastChannel(name)),
    page: document && {
      get isHidden() {
        return document.visibilityState === "hidden";
      },
      listen(event, listener) {
        const target: EventTarget = event.startsWith("page") ? globalThis : document;
        target.addEventListener(event, listener);
        return () => target.removeEventListener(event, listener);
      },
    },
    now: monotonicMs,
    setTimer,
  };
}
