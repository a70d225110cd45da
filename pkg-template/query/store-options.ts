// Options for TanStack Query 5 that take their data from a store instead of from requests. The answer is there from the first
// rendering, and is replaced when it changes. A query follows its store while it has observers.

import type { DataTag } from "@tanstack/query-core";
import type { CaseApiError } from "../client/index.js";
import type { CaseQuery, CaseQueryResult, CaseStore, LiveQuery } from "../store/index.js";
import type { ErrorHandling } from "./error-handling.js";
import { PACKAGE_NAME } from "./keys.js";

/** Key of a query over a store: the scope and the id of the store, and the canonical text of the query. */
export type StoreQueryKey = readonly [
  name: "cisco-support-case",
  scope: string,
  source: "store",
  id: string,
  query: string,
];

/**
 * Options for `useQuery`, `useSuspenseQuery`, `QueryObserver` and similar functions. No request is sent, so they also work
 * offline. To add or change one: `{ ...storeOptions(store, query), select: ({ total }) => total }`.
 */
export interface StoreQueryOptions extends ErrorHandling {
  /** Key of the cached answer. It determines the type that `queryClient.getQueryData(queryKey)` returns. */
  queryKey: DataTag<StoreQueryKey, CaseQueryResult, CaseApiError>;
  /** Returns the current answer, and follows the store from then on. */
  queryFn: (context: {
    /** The query client. */
    readonly client: object;
    /** The key of the query. */
    readonly queryKey: unknown;
  }) => CaseQueryResult;
  /** Returns the current answer, so that there is no state without data. */
  initialData: () => CaseQueryResult;
  /** `0`, so that the query function runs at the first use. */
  initialDataUpdatedAt: number;
  /** Returns `Infinity` for a query that follows its store: it needs no refetch. */
  staleTime: (query: object) => number;
  /** `true`: the first observer makes the query follow the store. */
  refetchOnMount: true;
  /** `"always"`, since no request is sent. */
  networkMode: "always";
  /**
   * Returns the current answer in place of an earlier one: the store may have changed since the query function ran. Unchanged
   * answers and records are the same objects already. Returns what `select` makes of an answer as it is.
   */
  structuralSharing: (before: unknown, data: unknown) => unknown;
}

/**
 * Options for a query over a store. An equal query of the same store shares the cache entry, also after a reload. A query that is
 * not valid throws at once, as {@link CaseStore.live} does.
 */
export function storeOptions(store: Pick<CaseStore, "live" | "scope" | "id">, query?: CaseQuery): StoreQueryOptions {
  const live = store.live(query);
  if (!ages.has(live)) ages.set(live, (lives += 1));
  const queryKey = [PACKAGE_NAME, store.scope, "store", store.id, live.queryText] as const;
  return {
    queryKey: queryKey as unknown as StoreQueryOptions["queryKey"],
    queryFn({ client, queryKey }) {
      connect(client as QueryClientPart, queryKey, live);
      return answerOf(live);
    },
    initialData: () => answerOf(live),
    initialDataUpdatedAt: 0,
    staleTime: (cached) => {
      const known = connections.get(cached);
      if (known?.live === live) return Infinity;
      // A mounted component was given the store that was opened after it was closed, which the library takes for the same query.
      if (known && ages.get(known.live)! < ages.get(live)!) queueMicrotask(() => known.replace(live));
      return 0;
    },
    refetchOnMount: true,
    networkMode: "always",
    structuralSharing: (_before, data) => (answers.has(data as CaseQueryResult) ? answerOf(live) : data),
    retry: false,
  };
}

/** The answers that were given to the library, by which they are told from what `select` makes of them. */
const answers = new WeakSet<CaseQueryResult>();

/** Returns the current answer, and remembers that it is one. */
function answerOf(live: LiveQuery): CaseQueryResult {
  const answer = live.getSnapshot();
  answers.add(answer);
  return answer;
}

/** The used part of a query in TanStack Query's cache. */
interface CachedQuery {
  readonly state: { readonly data: unknown };
  getObserversCount(): number;
}

/** The used part of a query client. A structural type: two versions of the library may be installed. */
interface QueryClientPart {
  getQueryCache(): {
    find(filters: { readonly queryKey: unknown; readonly exact: true }): CachedQuery | undefined;
    subscribe(listener: (event: { readonly type: string; readonly query: CachedQuery }) => void): unknown;
  };
  setQueryData(queryKey: unknown, data: CaseQueryResult): unknown;
}

/** The connection of a cached query to a live query. */
interface Connection {
  readonly live: LiveQuery;
  /** Subscribes while the cached query has observers. */
  update(): void;
  /** Ends the subscription. */
  end(): void;
  /** Follows another live query instead. */
  replace(live: LiveQuery): void;
}

/** The connections by their cached query. */
const connections = new WeakMap<object, Connection>();
/** The numbers of the live queries in the order of their first use, by which the newer one of a key is known. */
const ages = new WeakMap<LiveQuery, number>();
let lives = 0;
/** The caches whose events update connections. */
const observedCaches = new WeakSet<object>();

/** Connects the cached query of a key to a live query. */
function connect(client: QueryClientPart, queryKey: unknown, live: LiveQuery): void {
  const cache = client.getQueryCache();
  const cached = cache.find({ queryKey, exact: true });
  if (!cached) return;
  const known = connections.get(cached);
  if (known?.live !== live) {
    // The store was opened again, after it was closed.
    known?.end();
    connections.set(cached, connectionOf(client, queryKey, cached, live));
  }
  if (!observedCaches.has(cache)) {
    observedCaches.add(cache);
    // The observers of a query come and go without a call of the query function.
    cache.subscribe(({ type, query }) => {
      if (type === "removed") connections.get(query)?.end();
      else if (type === "observerAdded" || type === "observerRemoved") connections.get(query)?.update();
    });
  }
  connections.get(cached)?.update();
}

function connectionOf(client: QueryClientPart, queryKey: unknown, cached: CachedQuery, live: LiveQuery): Connection {
  let unsubscribe: (() => void) | undefined;
  const end = () => {
    unsubscribe?.();
    unsubscribe = undefined;
  };
  return {
    live,
    update() {
      if (cached.getObserversCount() === 0) return end();
      unsubscribe ??= live.subscribe((answer) => {
        // The first call is the current answer.
        if (answer !== cached.state.data) client.setQueryData(queryKey, answerOf(live));
      });
    },
    end,
    replace(next) {
      if (connections.get(cached)?.live !== live) return;
      end();
      const connection = connectionOf(client, queryKey, cached, next);
      connections.set(cached, connection);
      connection.update();
    },
  };
}
