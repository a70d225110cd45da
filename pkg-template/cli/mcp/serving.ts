// What the tools, resources and prompts of a server share: the held cases, the client, and the identity that asks.

import type { ServerContext } from "@modelcontextprotocol/server";
import {
  type CaseClient,
  type CaseConditions,
  type CaseQuery,
  type CaseRecord,
  isCaseApiError,
  type ListTarget,
} from "../library.js";
import { anySignal } from "../any-signal.js";
import type { Connection } from "../connection.js";
import { CommandError, UsageError } from "../exit-codes.js";
import { readDate, spelledStatus } from "../option-values.js";
import { spelledQuery } from "../user-ids.js";
import { Cursors } from "./cursors.js";
import {
  type Freshness,
  type HeldCases,
  HeldSets,
  type RoundProgress,
  type SetParams,
  type SetUses,
  WAIT_MS,
} from "./held-cases.js";
import { Redaction } from "./redaction.js";
import { StateFolder } from "./state-folder.js";
import { visibleText } from "./untrusted-text.js";

/** The context of a request: the part of the SDK's that tools use. */
export interface RequestContext {
  readonly mcpReq: Pick<ServerContext["mcpReq"], "signal" | "notify" | "_meta">;
}

/** The context of a request that reads sets of cases: they stay open until it has ended. */
export interface ReadingContext extends RequestContext {
  readonly uses: SetUses;
}

/** An identity that asks. */
export interface Principal {
  /** The key of what is held for it: identities with different permissions have different keys. */
  readonly key: string;
  /** The token for the gateway; `undefined` for that of the command. */
  readonly token: string | undefined;
}

/** The options of a server. */
export interface ServingOptions {
  readonly connection: Connection;
  /** The contracts or users that are read if a question names none. */
  readonly target: ListTarget | undefined;
  /** The first day of creation that is read by default. */
  readonly from: string;
  readonly maxAgeMs: number;
  /** The folder in which cases are saved; `undefined` for none. */
  readonly state: string | undefined;
  /** Whether personal data is shown. */
  readonly showsPersonalData: boolean;
  readonly redactionSecret: string | undefined;
  readonly version: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Writes a line to standard error. */
  log(line: string): void;
}

/** A set of cases up to date, and a query with user ids as its cases have them. */
export interface Reading {
  readonly held: HeldCases;
  readonly freshness: Freshness;
  readonly query: CaseQuery;
}

/** The interval of progress notifications without news. */
const PROGRESS_MS = 15_000;

/** The least interval of progress notifications. */
const MIN_PROGRESS_MS = 1000;

/** The state of a server, shared by all connections and requests. */
export class Serving {
  readonly options: ServingOptions;
  readonly cursors = new Cursors();
  /** The states from which changes are listed: pages of lists must not displace them. */
  readonly states = new Cursors();
  readonly sets: HeldSets;
  readonly #folder: StateFolder | undefined;
  readonly #redaction: Redaction | undefined;
  readonly #stop = new AbortController();

  constructor(options: ServingOptions) {
    this.options = options;
    const { connection, state, log } = options;
    this.#folder = state === undefined ? undefined : new StateFolder(state, log);
    this.sets = new HeldSets(connection.client, connection.now, this.#folder);
    this.#redaction = options.showsPersonalData ? undefined : new Redaction(options.redactionSecret);
  }

  get client(): CaseClient {
    return this.options.connection.client;
  }

  /** The redaction of personal data; `undefined` if it is shown. */
  get redaction(): Redaction | undefined {
    return this.#redaction;
  }

  /** The present in milliseconds since 1970, or the time of a sandbox. */
  get now(): number {
    return this.options.connection.now ?? Date.now();
  }

  /** Makes the folder of `--state`, and tells if nothing can be saved in it: nobody is there to see it in the end. */
  async prepareState(): Promise<void> {
    await this.#folder?.prepare();
  }

  /** Returns a signal that is aborted by the client or the end of the server. */
  signalOf(context: RequestContext): AbortSignal {
    return anySignal([context.mcpReq.signal, this.#stop.signal]);
  }

  /** Returns records as a client may see them. */
  async presented(records: readonly CaseRecord[]): Promise<readonly object[]> {
    return this.#redaction ? this.#redaction.records(records) : records;
  }

  /** Returns sentences as a client may see them: without the user ids that are known, and others that are given. */
  async presentedTexts(texts: readonly string[], user_ids: readonly string[] = []): Promise<readonly string[]> {
    const known = this.options.target?.user_ids ?? [];
    return this.#redaction ? this.#redaction.sentences(texts, [...known, ...user_ids]) : texts;
  }

  /** Returns what a client is told about an error: what is wrong, and what to do. */
  async errorText(error: unknown): Promise<string> {
    const [text = ""] = await this.presentedTexts([errorText(error)]);
    return text;
  }

  /** Returns the set of cases that a query asks about, up to date. It waits for a place and for the cases `waitMs` in all. */
  async read(query: CaseQuery, principal: Principal, context: ReadingContext, waitMs = WAIT_MS): Promise<Reading> {
    const { uses } = context;
    const until = performance.now() + waitMs;
    const held = await this.sets.open(this.setOf(query), principal.key, {
      uses,
      signal: this.signalOf(context),
      waitMs,
    });
    return this.readAgain(held, query, principal, context, Math.max(0, until - performance.now()));
  }

  /** Returns a set that is open in the same form. */
  async readAgain(
    held: HeldCases,
    query: CaseQuery,
    principal: Principal,
    context: ReadingContext,
    waitMs = WAIT_MS,
  ): Promise<Reading> {
    context.uses.add(held);
    const freshness = await this.#refresh(held, principal, context, waitMs);
    return { held, freshness, query: spelledQuery(held.store, query) };
  }

  /** Brings a set up to date, with progress for the client. */
  async #refresh(held: HeldCases, principal: Principal, context: RequestContext, waitMs: number): Promise<Freshness> {
    const progress = new ProgressNotifier(context);
    try {
      const freshness = await held.refresh(this.options.maxAgeMs, {
        signal: this.signalOf(context),
        token: principal.token,
        waitMs,
        onProgress: (state) => progress.show(state),
      });
      const missing = await this.presentedTexts(freshness.missing, held.params.target.user_ids);
      return { ...freshness, missing };
    } finally {
      progress.stop();
    }
  }

  /** Returns the set of cases that a query can match. */
  setOf({ where = {} }: CaseQuery): SetParams {
    const { connection, target: known } = this.options;
    const contract_ids = listOf(where.contract_id);
    const user_ids = listOf(where.user_id);
    const target = contract_ids
      ? knownTarget(contract_ids, known)
      : user_ids
        ? { user_ids }
        : (known ?? (connection.contract_ids && { contract_ids: connection.contract_ids }));
    if (!target) {
      throw new UsageError(
        "where.contract_id: expected contract ids (or where.user_id: user ids), because the server was started without " +
          "--contract, --contracts, --user and --users",
      );
    }
    const flags = listOf(where.status_flag);
    const created = where.created?.from;
    // All open cases are one list of the service, however old they are.
    const isOpenOnly = flags?.length === 1 && flags[0] === "O" && created === undefined;
    if (isOpenOnly) return { target, from: undefined, isDefault: false };
    if (created === undefined) return { target, from: this.options.from, isDefault: true };
    return { target, from: dayOf(String(created)), isDefault: false };
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("the server ends"));
    await this.sets.close();
    await this.#redaction?.close();
  }
}

/** The target of contracts: all that the server knows if they are among these, so that they are read once. */
function knownTarget(contract_ids: readonly string[], known: ListTarget | undefined): ListTarget {
  const isKnown = known?.contract_ids && contract_ids.every((id) => known.contract_ids.includes(id));
  return isKnown ? known : { contract_ids };
}

const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] | undefined => {
  const list = value === undefined ? undefined : Array.isArray(value) ? (value as readonly T[]) : [value as T];
  return list && list.length > 0 ? list : undefined;
};

/** Returns the beginning of the day (UTC) of an instant. */
const dayOf = (instant: string): string => `${new Date(instant).toISOString().slice(0, 10)}T00:00:00.000Z`;

/** Replaces pseudonyms of user ids by the user ids, and ages such as `30d` in intervals by instants. */
export function resolvedConditions(
  conditions: CaseConditions | undefined,
  path: string,
  { now, redaction }: Pick<Serving, "now" | "redaction">,
): CaseConditions {
  const { created, updated, user_id, status, ...rest } = conditions ?? {};
  const users = listOf(user_id)?.map((user) => redaction?.userOf(user) ?? user);
  const interval = (name: string, given: CaseConditions["created"]) => ({
    ...(given?.from !== undefined && { from: readDate(`${path}.${name}.from`, String(given.from), now) }),
    ...(given?.to !== undefined && { to: readDate(`${path}.${name}.to`, String(given.to), now) }),
  });
  return {
    ...rest,
    ...(status !== undefined && { status: [status].flat().map(spelledStatus) }),
    ...(users && { user_id: users }),
    ...(created && { created: interval("created", created) }),
    ...(updated && { updated: interval("updated", updated) }),
  };
}

/** Sends progress of a request, if its client asked for it: each has a greater number than the one before. */
class ProgressNotifier {
  readonly #context: RequestContext;
  readonly #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  #sentAt = performance.now();
  #state: RoundProgress | undefined;

  constructor(context: RequestContext) {
    this.#context = context;
    if (this.#token === undefined) return;
    this.#timer = setInterval(() => this.#send(), PROGRESS_MS);
    this.#timer.unref();
  }

  show(state: RoundProgress): void {
    this.#state = state;
    if (performance.now() - this.#sentAt >= MIN_PROGRESS_MS) this.#send();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get #token(): string | number | undefined {
    return this.#context.mcpReq._meta?.progressToken;
  }

  #send(): void {
    const progressToken = this.#token;
    if (progressToken === undefined) return;
    this.#sentAt = performance.now();
    this.#sent += 1;
    const { cases = 0, requests = 0 } = this.#state ?? {};
    const message = `${cases} cases, ${requests} requests`;
    const params = { progressToken, progress: this.#sent, message };
    // A client that has gone needs no progress.
    void this.#context.mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
  }
}

/** Returns what is wrong, and what to do. */
function errorText(error: unknown): string {
  if (isCaseApiError(error)) {
    // A token command names the cause better than the missing token.
    if (error.cause instanceof CommandError) return visibleText(error.cause.message);
    const lines = error.problems?.length ? error.problems.map(({ message }) => message) : [error.message];
    const quote = error.messageId ? [`Quote ${error.messageId} to Cisco support.`] : [];
    return visibleText([...lines, ...(error.kind === "invalid_request" ? [] : [error.advice]), ...quote].join("\n"));
  }
  return visibleText(error instanceof Error ? error.message : String(error));
}
