// The Durable Object that all isolates ask: the one quota, the service's token, the identity provider's keys, and what was
// revoked and purged. What it decides is decided in the wasm; here it waits, sends and keeps.

import { DurableObject } from "cloudflare:workers";
import { SERVICE_TOKEN_FAILED, SERVICE_TOKEN_FETCH, SERVICE_TOKEN_READY } from "../generated/boundary.js";
import { headerLines, pairs } from "../util/lines.js";
import { errorBody, RawQuota, RawWish } from "../wasm/gateway.js";
import { bytes, type FetchLike } from "./exchange.js";
import { registeredAs } from "./gateway.js";
import type { Granted, Keeper, LedgerWork, Notice, ServiceToken, SlotsWanted, Visit, VisitReply } from "./keeper.js";
import { fetchJwks } from "./keys.js";
import { Ledger, type ObjectStorage } from "./ledger.js";
import { enter, generation } from "./module.js";
import type { GatewayOptions } from "./options.js";
import { messageOf } from "./thrown.js";
import { limited, pause, sooner } from "./time.js";

/** Keys are fetched again after so long … */
const KEYS_FRESH_MS = 600_000;
/** … and for one that is not among them, no sooner than this. */
const KEYS_UNKNOWN_MS = 30_000;
/** A host that is down is left alone for so long. */
const KEYS_RETRY_MS = 5000;

/** The token endpoint has so long for an answer. */
const TOKEN_MS = 30_000;

/** The largest answer of it that is read, in bytes; they have some hundred. */
const TOKEN_ANSWER_BYTES = 64 * 1024;

/** What is read of the headers of its answer. */
const TOKEN_HEADERS = ["x-mashery-message-id", "retry-after"];

/** What one isolate may be behind, and how much clocks and timers err. */
const MARGIN_MS = 50;

/** What can be done to the ledger. */
const WORK: readonly LedgerWork[] = ["claim", "hold", "commit", "delivered", "release"];

/** A window of the quota. */
export interface QuotaWindow {
  /** 0 is no limit. */
  limit: number;
  /** What is leased counts as used. */
  used: number;
  /** Left out where there is no limit. */
  left?: number;
}

/** The Durable Object that all isolates ask. It is exported by the Worker, bound, and given to `quota`. */
export class CaseQuota extends DurableObject {
  // All methods can be called by whoever has the binding, those that are private in TypeScript as well. What is not to be
  // called from outside is in an object of its own: properties of an instance cannot be reached from there.
  /** @internal */
  readonly shared: SharedQuota = new SharedQuota(this.ctx.storage as ObjectStorage, this.env);

  /** What is used and left of the quota. `name` is the gateway's (`"default"`). */
  budget(name: string): Promise<{
    /** Any second. */
    second: QuotaWindow;
    /** Any minute. */
    minute: QuotaWindow;
    /** Any 24 hours. */
    day: QuotaWindow;
    /** Slots in leases that are not over. */
    leased: number;
    /** Tenants seen within 24 hours. */
    tenants: number;
    /** Who waits, with how many requests. */
    waiting: [tenant: string, requests: number][];
  }> {
    return this.shared.budget(name);
  }

  /** @internal */
  visit(...given: Parameters<Keeper["visit"]>): ReturnType<Keeper["visit"]> {
    return this.shared.visit(...given);
  }

  /** @internal */
  giveBack(...given: Parameters<Keeper["giveBack"]>): ReturnType<Keeper["giveBack"]> {
    return this.shared.giveBack(...given);
  }

  /** @internal */
  keys(...given: Parameters<Keeper["keys"]>): ReturnType<Keeper["keys"]> {
    return this.shared.keys(...given);
  }

  /** @internal */
  post(...given: Parameters<Keeper["post"]>): ReturnType<Keeper["post"]> {
    return this.shared.post(...given);
  }

  /** @internal */
  sync<W extends LedgerWork>(work: W, ...given: Parameters<Ledger[W]>): Promise<Awaited<ReturnType<Ledger[W]>>> {
    return this.shared.sync(work, ...given);
  }
}

type Budget = Awaited<ReturnType<CaseQuota["budget"]>>;

/** A gateway as its Durable Object knows it. */
interface Own {
  raw: RawQuota;
  options: GatewayOptions<never>;
  fetch: FetchLike;
  noticeMs: number;
  hasCredentials: boolean;
}

/** The identity provider's keys, as they are kept. */
interface KeptKeys {
  uri: string;
  at: number;
  /** JSON text. */
  text: string;
}

/** What comes of waiting: what was granted, or the body of an error. */
type Outcome<T> = { error: string } | (T & { error?: never });

/** What all isolates share. */
class SharedQuota implements Keeper {
  #storage: ObjectStorage;
  #env: unknown;
  #own: Own | undefined;
  #opening: Promise<Own> | undefined;
  #generation: number | undefined;
  /** Who waits for slots, by the number of the ask. */
  #waiting = new Map<number, (outcome: Outcome<Granted>) => void>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #coming: Promise<void> | undefined;
  #keys: KeptKeys | undefined;
  #fetching: Promise<void> | undefined;
  #failedAt = 0;
  #ledger: Ledger;

  constructor(storage: ObjectStorage, env: unknown) {
    this.#storage = storage;
    this.#env = env;
    this.#ledger = new Ledger(storage);
  }

  async #open(name: string): Promise<Own> {
    if (this.#own && this.#generation === generation) return this.#own;
    this.#opening ??= this.#load(name).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #load(name: string): Promise<Own> {
    const gateway = registeredAs(name);
    if (!gateway)
      throw new Error(`CaseQuota is not exported by the Worker whose createGateway has the name "${name}".`);
    const { options, text } = gateway;
    const { clientId, clientSecret } = await credentials(options, this.#env);
    const { tokenUrl } = options.upstream?.(this.#env as never) ?? {};
    const kept = await this.#storage.get(["pace", "token", "notices", "keys"]);
    const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
    const raw = enter(
      () => new RawQuota(text, JSON.stringify({ clientId, clientSecret, tokenUrl }), crypto.randomUUID(), seed),
    );
    enter(() => {
      const now = Date.now();
      const [pace, token, notices] = ["pace", "token", "notices"].map((key) => kept.get(key) as string | undefined);
      if (pace !== undefined) raw.importPace(pace, now);
      if (token !== undefined) raw.importToken(token, now);
      if (notices !== undefined) raw.importNotices(notices);
    });
    if (!kept.has("notices")) this.#keep("notices", raw.exportNotices());
    this.#keys = kept.get("keys") as KeptKeys | undefined;
    const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    const noticeMs = (options.noticeSeconds ?? 1) * 1000;
    this.#own = { raw, options, fetch, noticeMs, hasCredentials: Boolean(clientId && clientSecret) };
    this.#generation = generation;
    return this.#own;
  }

  /** Writes without a wait for it: the runtime lets nothing out before it is written. */
  #keep(key: string, value: unknown): void {
    void this.#storage.put(key, value);
  }

  /** An isolate asks for what it has to hear, and for a token and slots where it needs them. */
  async visit(name: string, visit: Visit): Promise<VisitReply> {
    const own = await this.#open(name);
    const { raw } = own;
    const { heard, back = "", said = [], answered = false, patienceMs, timeMs = patienceMs } = visit;
    const now = Date.now();
    this.#takeBack(raw, back);
    // Before what was refused: that is the newer word of the two.
    if (answered) enter(() => raw.answered());
    for (const { isQuota, retryAfterMs } of said) enter(() => raw.refused(isQuota, retryAfterMs, Date.now()));
    const reply: VisitReply = { told: "", token: null, granted: null, error: null };
    if (visit.needs) {
      const { refused = null } = visit;
      if (refused !== null) enter(() => raw.refuseToken(refused, Date.now()));
      const token = await this.#token(own, now + timeMs);
      if (token.error !== undefined) reply.error = token.error;
      else {
        reply.token = token;
        const slot = await this.#slot(raw, visit, now + patienceMs);
        if (slot.error !== undefined) reply.error = slot.error;
        else reply.granted = slot;
      }
      // Nothing leaves this object before it is kept: what was granted counts after a restart as well.
      this.#keep(
        "pace",
        enter(() => raw.exportPace()),
      );
    }
    reply.told = enter(() => raw.since(heard));
    return reply;
  }

  async giveBack(name: string, back: string): Promise<void> {
    const { raw } = await this.#open(name);
    this.#takeBack(raw, back);
    this.#decide(raw);
    this.#keep(
      "pace",
      enter(() => raw.exportPace()),
    );
  }

  #takeBack(raw: RawQuota, back: string): void {
    if (back) enter(() => raw.giveBack(back, Date.now()));
  }

  #slot(raw: RawQuota, wanted: SlotsWanted, until: number): Promise<Outcome<Granted>> {
    const now = Date.now();
    const number = enter(() => {
      const wish = new RawWish();
      wish.more = wanted.more;
      wish.lifeMs = wanted.lifeMs;
      wish.patienceMs = Math.max(until - now, 1);
      return raw.ask(wanted.tenant, wish, now);
    });
    return new Promise((resolve) => {
      this.#waiting.set(number, resolve);
      this.#decide(raw);
    });
  }

  /** Tells those who wait what was decided, and comes back when there may be more. */
  #decide(raw: RawQuota): void {
    for (;;) {
      const decision = enter(() => nextDecision(raw));
      if (!decision) break;
      const { ask, outcome } = decision;
      const resolve = this.#waiting.get(ask);
      this.#waiting.delete(ask);
      resolve?.(outcome);
    }
    clearTimeout(this.#timer);
    const ms = enter(() => raw.wakeInMs(Date.now()));
    if (ms !== undefined) this.#timer = setTimeout(() => this.#decide(raw), ms);
  }

  /** The token, fetched once for all who need it. */
  async #token({ raw, fetch, hasCredentials }: Own, until: number): Promise<Outcome<ServiceToken>> {
    if (!hasCredentials) return { error: errorBody("GATEWAY_NOT_CONFIGURED", "(no client id or secret)") };
    while (Date.now() < until) {
      const state = enter(() => tokenState(raw));
      if (state.state === SERVICE_TOKEN_READY) {
        const { accessToken, generation, expiresAtMs, renewAtMs } = state;
        return { accessToken, generation, expiresAtMs, renewAtMs };
      }
      if (state.state === SERVICE_TOKEN_FAILED) return { error: state.error };
      if (state.state === SERVICE_TOKEN_FETCH) {
        const coming = this.#fetchToken(raw, fetch, state).finally(() => {
          if (this.#coming === coming) this.#coming = undefined;
        });
        this.#coming = coming;
        continue;
      }
      const ms = enter(() => raw.tokenWakeInMs(Date.now())) ?? 1000;
      await sooner(this.#coming, Math.min(ms, until - Date.now()));
    }
    return { error: errorBody("UPSTREAM_TIMEOUT", "(the token endpoint)") };
  }

  async #fetchToken(raw: RawQuota, fetch: FetchLike, { fetch: number, url, headers, body }: TokenState): Promise<void> {
    // Status 0: it was not reached.
    let came = { status: 0, lines: "", bytes: new Uint8Array() };
    try {
      came = await limited(TOKEN_MS, async (signal) => {
        const response = await fetch(url, {
          method: "POST",
          headers: pairs(headers),
          body,
          redirect: "manual",
          signal,
        });
        const lines = headerLines(response.headers, TOKEN_HEADERS);
        // What is too large holds no token: its status says what it is.
        const answer = await bytes(response, TOKEN_ANSWER_BYTES);
        return { status: response.status, lines, bytes: answer ?? new Uint8Array() };
      });
    } catch {
      // As it stands above.
    }
    enter(() => raw.tokenCame(number, came.status, came.lines, came.bytes, Date.now()));
    this.#keep(
      "token",
      enter(() => raw.exportToken()),
    );
  }

  /** The identity provider's keys, as JSON text. Those that were had last stay good while their host is down. */
  async keys(name: string, isUnknown: boolean): Promise<string> {
    const { options, fetch } = await this.#open(name);
    const uri = (typeof options.jwt === "function" ? options.jwt(this.#env as never) : options.jwt)?.jwksUri;
    if (uri === undefined) return "";
    const now = Date.now();
    const had = this.#keys?.uri === uri ? this.#keys : undefined;
    const age = had ? now - had.at : Number.POSITIVE_INFINITY;
    const wanted = age > KEYS_FRESH_MS || (isUnknown && age > KEYS_UNKNOWN_MS);
    if (wanted && now - this.#failedAt > KEYS_RETRY_MS) {
      this.#fetching ??= fetchJwks(fetch, uri)
        .then((text) => {
          this.#keys = { uri, at: Date.now(), text };
          this.#keep("keys", this.#keys);
        })
        .catch((error: unknown) => {
          this.#failedAt = Date.now();
          console.error("cisco-support-case gateway: the keys cannot be fetched.", messageOf(error));
        })
        .finally(() => {
          this.#fetching = undefined;
        });
      // Who has keys need not wait for newer ones.
      if (!had || isUnknown) await this.#fetching;
    }
    return this.#keys?.uri === uri ? this.#keys.text : "";
  }

  /** Posts notices. When it resolves, no isolate answers any more as if it had not heard them. */
  async post(name: string, notices: Notice[]): Promise<void> {
    const { raw, noticeMs } = await this.#open(name);
    for (const [about, id] of notices) {
      if (!enter(() => raw.post(about, id, Date.now()))) throw new TypeError(`unknown scope ${about}`);
    }
    await this.#storage.put(
      "notices",
      enter(() => raw.exportNotices()),
    );
    if (noticeMs > 0) await pause(noticeMs + MARGIN_MS);
  }

  /** One of the ledger's entries, by the name of what is done to it. */
  async sync<W extends LedgerWork>(work: W, ...given: Parameters<Ledger[W]>): Promise<Awaited<ReturnType<Ledger[W]>>> {
    if (!WORK.includes(work)) throw new TypeError(`unknown operation ${work}`);
    const ledger = this.#ledger as unknown as Record<LedgerWork, (...given: unknown[]) => unknown>;
    return (await ledger[work](...given)) as Awaited<ReturnType<Ledger[W]>>;
  }

  /** What is used and left. */
  async budget(name: string): Promise<Budget> {
    const { raw } = await this.#open(name);
    return JSON.parse(enter(() => raw.budget(Date.now()))) as Budget;
  }
}

/** The next decision of the wasm, and for which ask. */
function nextDecision(raw: RawQuota): { ask: number; outcome: Outcome<Granted> } | undefined {
  const decision = raw.decide(Date.now());
  if (!decision) return undefined;
  const { ask, error, grant, slots, lifeMs, heldMs } = decision;
  decision.free();
  return { ask, outcome: error === undefined ? { grant, slots, lifeMs, heldMs } : { error } };
}

type TokenState = ReturnType<typeof tokenState>;

/** How the token stands; `state` is a `SERVICE_TOKEN_…`. */
function tokenState(raw: RawQuota) {
  const token = raw.token(Date.now());
  const { state, accessToken, generation, expiresAtMs, renewAtMs, fetch, url, headers, body, error } = token;
  token.free();
  return { state, accessToken, generation, expiresAtMs, renewAtMs, fetch, url, headers, body, error };
}

/** The client's id and secret; none where the partner's function has none. */
async function credentials(
  options: GatewayOptions<never>,
  env: unknown,
): Promise<{ clientId?: string; clientSecret?: string }> {
  try {
    return (await options.credentials(env as never)) ?? {};
  } catch (error) {
    console.error("cisco-support-case gateway: credentials failed.", messageOf(error));
    return {};
  }
}
