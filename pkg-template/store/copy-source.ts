// Where following reads from: the copy of cases of a gateway, if the client is of one that has a copy, and the service otherwise.
//
// The feed of a copy is read as a round of the client's `changes` is: it yields changes, and its cursor covers what was yielded.
// So both are followed by the same loop. The feed has all cases that the sign-in may see; those that were not asked for are left
// out here.

import type { CaseFilter, Changes, ChangesOptions, ChangesParams } from "../client/bulk-options.js";
import { type CaseApiError, clientError } from "../client/errors.js";
import { type GatewayReply, GatewayRequests, isGatewayError } from "../client/gateway-request.js";
import { WHOLE_PAGES } from "../client/page-copy.js";
import { FEED_MAX_LIMIT } from "../generated/boundary.js";
import type { CaseRecord } from "../generated/types.js";
import { instantMs } from "../util/instant.js";
import { userKey } from "../util/user-key.js";
import { COPY_CURSOR_START, idField } from "./follow-cursor.js";
import { MIN_INTERVAL_MS } from "./follow-handle.js";
import type { FollowClient, FollowEvent, FollowInput, FollowOptions, FollowTarget } from "./follow-types.js";
import { type LiveEnvironment, LiveSocket } from "./live-socket.js";

/** A source of changes. */
export interface FollowSource extends Pick<FollowClient, "allCases"> {
  /** Reads the changes since a cursor, as `changes` of a client does; also cases to drop. */
  changes(params: ChangesParams, cursor: string | null, options: ChangesOptions): FollowChanges;
  /** The copy of a gateway, or the service. */
  readonly name: "copy" | "service";
  /** The usual interval of rounds in milliseconds. */
  readonly intervalMs: number;
  /** Whether a live connection tells of changes. */
  readonly isLive: boolean;
  /** Opens the live connection, or closes it while nothing is to be read. */
  setLive(isWanted: boolean): void;
  /** Checks whether the live connection is alive. */
  probe(): void;
}

/** The changes of a round. */
export type FollowChanges = Pick<Changes, "failures" | "cursor"> & AsyncIterable<FollowEvent>;

/** A response of `/me`. */
interface Me {
  readonly copy?: unknown;
  readonly live?: unknown;
  readonly pollMs?: unknown;
}

/** A page of the feed. */
interface FeedPage {
  readonly cursor: string;
  readonly has_more: boolean;
  readonly refill: string | null;
  readonly left: { readonly contract_ids: readonly string[]; readonly user_ids: readonly string[] };
  readonly gone: readonly string[];
  readonly cases: readonly CaseRecord[];
  /** What details add to these cases; a gateway of an earlier version sends none. */
  readonly details?: readonly Readonly<Record<string, unknown>>[];
}

/** The factor by which rounds are less frequent while a live connection is open: it tells of changes. */
const LIVE_FACTOR = 10;
/** The interval of rounds of the service, and of a gateway that names none, in milliseconds. */
export const POLL_MS = 60_000;

/**
 * Returns the source of a client. Rejects if a gateway cannot say now whether it has a copy. `onNews` is called when a live
 * connection tells of changes. With the `cursor` of a copy, the address is known to be that of a gateway.
 */
export async function sourceOf(
  client: FollowClient,
  { copy: wantsCopy = true, live: wantsLive = true, headers }: Pick<FollowOptions, "copy" | "live" | "headers">,
  cursor: string | null,
  onNews: (withinMs: number) => void,
  environment?: LiveEnvironment,
  signal?: AbortSignal,
): Promise<FollowSource> {
  const requests = wantsCopy ? GatewayRequests.of(client, headers) : undefined;
  const me = requests && (await askMe(requests, cursor?.startsWith(COPY_CURSOR_START) ?? false, signal));
  if (!requests || me?.copy !== true) return serviceSource(client);
  const pollMs = Math.max(Number(me.pollMs) || POLL_MS, MIN_INTERVAL_MS);
  const socket = me.live === true && wantsLive ? new LiveSocket(requests, onNews, environment) : undefined;
  return new CopySource(client, requests, pollMs, socket);
}

/** Whether an error of `/me` says that the address has no such route. After any other the gateway is asked again. */
const isNoRoute = ({ status, kind, retryable, source }: CaseApiError): boolean =>
  status !== null &&
  !retryable &&
  kind !== "authentication" &&
  kind !== "quota" &&
  (source !== "gateway" || status < 500);

/**
 * Whether an error is a page with status 200 in place of data. A host may have one for every address that it does not know. If it asks
 * for a sign-in, so do the pages in place of what is read next.
 */
const isPage = ({ status }: CaseApiError): boolean => status === 200;

/** Asks what the gateway has. `undefined`: it is none of this package, or of a version without a copy. */
async function askMe(
  requests: GatewayRequests,
  wasCopy: boolean,
  signal: AbortSignal | undefined,
): Promise<Me | undefined> {
  let reply: GatewayReply;
  try {
    reply = await requests.get("/me", signal && { signal });
  } catch (error) {
    // What is no gateway of this package answers with an error of its own, or with anything; a proxy in front of a gateway may
    // fail for a while, or ask for a sign-in.
    if (isNoRoute(error as CaseApiError) || (!wasCopy && isPage(error as CaseApiError))) return undefined;
    throw error;
  }
  return isGatewayError(reply) ? undefined : ((reply.body ?? undefined) as Me | undefined);
}

const serviceSource = (client: FollowClient): FollowSource => ({
  name: "service",
  intervalMs: POLL_MS,
  isLive: false,
  changes: (...given) => pagesOf(client.changes(...given)),
  allCases: (...given) => client.allCases(...given),
  setLive() {},
  probe() {},
});

/** Whole pages of changes, if the client has them, and single changes otherwise. */
function pagesOf(changes: Changes & { [WHOLE_PAGES]?(): AsyncIterable<FollowInput> }): FollowChanges {
  const pages = changes[WHOLE_PAGES]?.() ?? changes;
  return {
    [Symbol.asyncIterator]: () => pages[Symbol.asyncIterator](),
    get failures() {
      return changes.failures;
    },
    cursor: () => changes.cursor(),
  };
}

/** Reads cases by their ids; those that cannot be read are left out. */
export async function allOf(
  client: Pick<FollowClient, "allCases">,
  case_ids: readonly string[],
  request: Pick<FollowOptions, "headers"> & { readonly signal: AbortSignal },
): Promise<CaseRecord[]> {
  const cases: CaseRecord[] = [];
  for await (const one of client.allCases({ case_ids }, { partial: true, ...request })) cases.push(one);
  return cases;
}

/** The copy of a gateway. */
class CopySource implements FollowSource {
  readonly name = "copy";
  private readonly client: FollowClient;
  private readonly requests: GatewayRequests;
  private readonly pollMs: number;
  private readonly socket: LiveSocket | undefined;
  private readonly lastPage: LastPage = { cursor: "", etag: null };

  constructor(client: FollowClient, requests: GatewayRequests, pollMs: number, socket: LiveSocket | undefined) {
    this.client = client;
    this.requests = requests;
    this.pollMs = pollMs;
    this.socket = socket;
  }

  get intervalMs(): number {
    return this.isLive ? this.pollMs * LIVE_FACTOR : this.pollMs;
  }

  get isLive(): boolean {
    return this.socket?.state === "open";
  }

  setLive(isWanted: boolean): void {
    if (isWanted) this.socket?.start();
    else this.socket?.stop();
  }

  probe(): void {
    this.socket?.probe();
  }

  allCases(...given: Parameters<FollowClient["allCases"]>): ReturnType<FollowClient["allCases"]> {
    return this.client.allCases(...given);
  }

  changes(params: ChangesParams, cursor: string | null, options: ChangesOptions): FollowChanges {
    return new FeedChanges(this.requests, params, cursor, options, this.lastPage);
  }
}

/** The last page of a feed: with its tag, an answer without anything new has no body. */
interface LastPage {
  cursor: string;
  etag: string | null;
}

/** The changes of a feed since a cursor. */
class FeedChanges implements FollowChanges {
  readonly failures: Changes["failures"] = [];
  private readonly requests: GatewayRequests;
  private readonly accept: CaseMatcher;
  private readonly options: ChangesOptions;
  private readonly lastPage: LastPage;
  private position: string | null;

  constructor(
    requests: GatewayRequests,
    params: ChangesParams,
    cursor: string | null,
    options: ChangesOptions,
    lastPage: LastPage,
  ) {
    this.requests = requests;
    this.accept = new CaseMatcher(params);
    this.options = options;
    this.position = cursor;
    this.lastPage = lastPage;
  }

  cursor(): string | null {
    return this.position;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FollowEvent, void, undefined> {
    const { signal, onProgress } = this.options;
    // A cursor of the service: what the feed has not sent would never be removed.
    if (this.position !== null && !this.position.startsWith(COPY_CURSOR_START)) throw cursorError("of the service");
    const isFirst = this.position === null;
    let cases = 0;
    for (let pages = 1, hasMore = true; hasMore; pages += 1) {
      const page = await this.read(signal ?? undefined);
      const progress = () => onProgress?.({ pages, cases, requests: pages, retries: 0, etaMs: null, waitMs: null });
      if (page === "unchanged") return progress();
      const { refill, left, gone, has_more } = page;
      if (refill !== null && this.position !== null) throw cursorError(refill);
      const events: FollowEvent[] = [];
      if (left.contract_ids.length > 0) events.push({ dropped: { contract_ids: left.contract_ids } });
      if (left.user_ids.length > 0) events.push({ dropped: { user_ids: left.user_ids } });
      for (const case_id of gone) events.push({ type: "gone", case_id, case: null });
      for (const one of page.cases)
        events.push({ type: this.accept.typeOf(one, isFirst), case_id: one.case_id, case: one });
      // After their cases. Those of cases that were left out are ignored by the store.
      if (page.details?.length) events.push({ details: page.details });
      cases += page.cases.length + gone.length;
      progress();
      // The cursor covers what was yielded: it is that of the page once its last change was taken.
      yield* events;
      this.position = COPY_CURSOR_START + page.cursor;
      hasMore = has_more;
    }
  }

  private async read(signal: AbortSignal | undefined): Promise<FeedPage | "unchanged"> {
    const since = this.position?.slice(COPY_CURSOR_START.length) ?? "";
    const query = `limit=${FEED_MAX_LIMIT}${since && `&since=${encodeURIComponent(since)}`}`;
    const { lastPage } = this;
    const known = since && since === lastPage.cursor ? lastPage.etag : null;
    const how = { etag: known, ...(signal && { signal }) };
    const { status, body, etag } = await this.requests.get(`/feed?${query}`, how).catch((error: unknown) => {
      // The gateway has another secret since.
      throw (error as { code?: string }).code === "CURSOR_INVALID" && since ? cursorError("it is refused") : error;
    });
    if (status === 304) return "unchanged";
    const page = body as Partial<FeedPage> | null;
    // A page that is not the last one and does not move the cursor would be requested for ever.
    if (!isFeedPage(page) || (page.has_more && page.cursor === since)) throw clientError("ILLEGAL_JSON", "(the feed)");
    lastPage.cursor = page.cursor;
    lastPage.etag = etag;
    return page;
  }
}

const isText = (value: unknown): boolean => typeof value === "string";

/** Whether a response is a page of the feed. */
function isFeedPage(page: Partial<FeedPage> | null): page is FeedPage {
  const { cursor, left, gone, cases } = page ?? {};
  const lists: unknown[] = [left?.contract_ids, left?.user_ids, gone];
  const hasLists = lists.every((list) => Array.isArray(list) && list.every(isText));
  return isText(cursor) && hasLists && Array.isArray(cases) && cases.every((one) => isText(one?.case_id));
}

/** The error of a cursor that cannot be continued: everything is read again. */
const cursorError = (reason: string) =>
  clientError("INVALID_PARAMETER", `(the cursor cannot be continued: ${reason})`, {
    problems: [
      {
        field: "cursor",
        code: "INVALID_PARAMETER",
        message: `cursor: expected one of this copy, got one that cannot be continued (${reason})`,
        expected: "a cursor of this copy",
        value: reason,
      },
    ],
  });

/** The parameters of following, applied to cases of a feed. */
class CaseMatcher {
  private readonly ids: ReadonlySet<string>;
  private readonly field: "contract_id" | "user_id";
  private readonly params: ChangesParams;
  private readonly from: number;

  constructor(params: ChangesParams) {
    this.params = params;
    const name = idField(params);
    this.field = name === "user_ids" ? "user_id" : "contract_id";
    const ids = (params as unknown as Record<string, readonly string[]>)[name] as readonly string[];
    this.ids = new Set(ids.map((id) => this.idOf(id)));
    const { date_created_from: from } = params;
    this.from =
      from === undefined || from === null ? Number.NEGATIVE_INFINITY : (instantMs(from) ?? Date.parse(from as string));
  }

  /** An id as it is compared, as in `changes` of the service. */
  private idOf(id: string): string {
    return this.field === "user_id" ? userKey(id) : id;
  }

  /** The type of the change: `"left"` removes a case that was not asked for, or does not match any more. */
  typeOf(one: CaseRecord, isFirst: boolean): "changed" | "closed" | "left" {
    const { status_flag, where } = this.params;
    const created = one.creation_date === null ? Number.NaN : Date.parse(one.creation_date);
    if (!this.ids.has(this.idOf(one[this.field])) || created < this.from || !isMatch(one, where)) return "left";
    if (!status_flag || one.status_flag === status_flag) return "changed";
    // A case that was open and is closed: as `changes` of the service does, it is kept, and the store knows that it is closed.
    // `leaveUnknown` leaves out those that were never open here.
    return status_flag === "O" && !isFirst ? "closed" : "left";
  }
}

/**
 * The changes of a copy, with `"left"` in place of `"closed"` for cases that the store does not have: the feed also sends those
 * that were closed before they were followed.
 */
export function leaveUnknown(changes: readonly FollowInput[], target: Pick<FollowTarget, "has">): FollowInput[] {
  const added = new Set<string>();
  return changes.map((one) => {
    if (!("type" in one)) return one;
    const { type, case_id } = one;
    if (type === "changed") added.add(case_id);
    return type === "closed" && !added.has(case_id) && !target.has(case_id) ? { ...one, type: "left" } : one;
  });
}

/** Whether a case matches a filter, as in bulk calls. */
function isMatch(
  { severity, status }: CaseRecord,
  { severity: severities, status: statuses }: CaseFilter = {},
): boolean {
  const wantedSeverities = severities === undefined ? [] : [severities].flat();
  const wantedStatuses = statuses === undefined ? [] : [statuses].flat().map((text) => text.toLowerCase());
  return (
    (wantedSeverities.length === 0 || wantedSeverities.includes(severity as never)) &&
    (wantedStatuses.length === 0 || wantedStatuses.includes(status.toLowerCase()))
  );
}
