// Options for TanStack Query in React: code that must compile, its inferred types, and code that must not compile.

import { type InfiniteData, type QueryClient, QueryObserver } from "@tanstack/query-core";
import {
  queryOptions,
  useInfiniteQuery,
  usePrefetchQuery,
  useQueries,
  useQuery,
  useSuspenseInfiniteQuery,
  useSuspenseQuery,
} from "@tanstack/react-query";
import {
  type CaseApiError,
  CaseClient,
  type CaseDetail,
  type CaseRecord,
  type CasesPageData,
  type CaseSummaryResult,
} from "cisco-support-case";
import { CaseClient as InlineClient } from "cisco-support-case/inline";
import {
  allCasesOptions,
  caseDetailsOptions,
  caseKeys,
  type CasesData,
  casesByContractInfiniteOptions,
  casesByContractOptions,
  type CasesPageParam,
  casesByUserInfiniteOptions,
  casesByUserOptions,
  type CasesPages,
  caseSummaryOptions,
  changesOptions,
  type ChangesRound,
  storeOptions,
} from "cisco-support-case/query";
import type { CaseQueryResult, CaseStore } from "cisco-support-case/store";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_equal: Equal<A, B>): void {}

const client = new CaseClient({ baseUrl: "/api/case" });

export function Right({ case_id }: { case_id: string }): string {
  const detail = useQuery(caseDetailsOptions(client, { case_id }));
  same<typeof detail.data, CaseDetail | undefined>(true);
  same<typeof detail.error, CaseApiError | null>(true);
  const kind = detail.error?.kind === "quota" ? detail.error.renewsAt : null;

  const summary = useSuspenseQuery(
    caseSummaryOptions(new InlineClient(), { case_ids: [case_id] }, { scope: "a", timeoutMs: 5000 }),
  );
  same<typeof summary.data, CaseSummaryResult>(true);

  const page = useQuery({
    ...casesByContractOptions(client, { contract_ids: ["1"], page_index: 2 }),
    enabled: case_id !== "",
    staleTime: 60_000,
  });
  same<typeof page.data, CasesPageData | undefined>(true);
  same<typeof page.error, CaseApiError | null>(true);

  const titles = useQuery({
    ...casesByUserOptions(client, { user_ids: ["u"] }),
    select: ({ cases }) => cases.map(({ title }) => title),
  });
  same<typeof titles.data, string[] | undefined>(true);

  const every = useInfiniteQuery(casesByContractInfiniteOptions(client, { contract_ids: ["1"], status_flag: "O" }));
  same<typeof every.data, CasesData | undefined>(true);
  same<typeof every.error, CaseApiError | null>(true);
  const one: CaseRecord | undefined = every.data?.cases[0];
  const suspended = useSuspenseInfiniteQuery({
    ...casesByUserInfiniteOptions(client, { user_ids: ["u"] }),
    maxPages: 5,
  });
  same<typeof suspended.data, CasesData>(true);

  const [first] = useQueries({ queries: [caseDetailsOptions(client, { case_id: "1" })] });
  same<typeof first.data, CaseDetail | undefined>(true);
  const all = useQuery(allCasesOptions(client, { contract_ids: ["1"] }, { limit: 1000, scope: "a", timeoutMs: 5000 }));
  same<typeof all.data, CaseRecord[] | undefined>(true);
  same<typeof all.error, CaseApiError | null>(true);
  const round = useSuspenseQuery(changesOptions(client, { user_ids: ["u"] }, null, { limit: 1000, older: "rotate" }));
  same<typeof round.data, ChangesRound>(true);
  usePrefetchQuery(caseDetailsOptions(client, { case_id }));
  const mine = queryOptions({ ...caseDetailsOptions(client, { case_id }), staleTime: 1000 });
  same<Awaited<ReturnType<QueryClient["fetchQuery"]>>, unknown>(true);
  return [kind, one?.title, mine.queryKey[0]].join();
}

export function OverStore({ store }: { store: CaseStore }): string {
  const answer = useQuery(storeOptions(store, { where: { severity: 1 } }));
  // There is no state without data.
  same<typeof answer.data, CaseQueryResult>(true);
  same<typeof answer.error, CaseApiError | null>(true);
  const total = useQuery({ ...storeOptions(store), select: ({ total }) => total });
  same<typeof total.data, number>(true);
  const suspended = useSuspenseQuery(storeOptions(store));
  same<typeof suspended.data, CaseQueryResult>(true);
  const [first] = useQueries({ queries: [storeOptions(store)] });
  const wrapped = queryOptions(storeOptions(store));
  return [answer.data.total, total.data, first.data?.total, wrapped.queryKey[3]].join();
}

export async function storeOutside(queryClient: QueryClient, store: CaseStore): Promise<void> {
  const options = storeOptions(store);
  const answer = await queryClient.fetchQuery(options);
  same<typeof answer, CaseQueryResult>(true);
  const cached = queryClient.getQueryData(options.queryKey);
  same<typeof cached, CaseQueryResult | undefined>(true);
  queryClient.removeQueries({ queryKey: caseKeys.store({ scope: store.scope }) });
}

export async function outside(queryClient: QueryClient): Promise<void> {
  const options = caseDetailsOptions(client, { case_id: "1" });
  const detail = await queryClient.fetchQuery(options);
  same<typeof detail, CaseDetail>(true);
  await queryClient.prefetchQuery(options);
  const cached = queryClient.getQueryData(options.queryKey);
  same<typeof cached, CaseDetail | undefined>(true);
  queryClient.setQueryData(options.queryKey, (known) => (known ? { ...known, title: "" } : known));
  const failed = queryClient.getQueryState(options.queryKey)?.error;
  same<typeof failed, CaseApiError | null | undefined>(true);

  const infinite = casesByContractInfiniteOptions(client, { contract_ids: ["1"] });
  const pages = await queryClient.fetchInfiniteQuery(infinite);
  const all: InfiniteData<CasesPageData, CasesPageParam> = pages;
  const keptPages = queryClient.getQueryData(infinite.queryKey);
  same<typeof keptPages, CasesPages | undefined>(true);
  const data: CasesData = infinite.select(all);
  const observed = new QueryObserver(queryClient, options).getCurrentResult().data;
  same<typeof observed, CaseDetail | undefined>(true);

  await queryClient.invalidateQueries({ queryKey: caseKeys.all });
  await queryClient.invalidateQueries({ queryKey: caseKeys.details("1", { scope: "a" }) });
  queryClient.removeQueries({ queryKey: caseKeys.scope(String(data.cases.length)) });
}

export function Wrong({ queryClient }: { queryClient: QueryClient }): null {
  // @ts-expect-error the service's name is case_id
  caseDetailsOptions(client, { id: "1" });
  // @ts-expect-error ids are a list
  caseSummaryOptions(client, { case_ids: "1" });
  // @ts-expect-error every page is read: none is named
  casesByContractInfiniteOptions(client, { contract_ids: ["1"], page_index: 2 });
  // @ts-expect-error the signal is the query's
  caseDetailsOptions(client, { case_id: "1" }, { signal: new AbortController().signal });
  // @ts-expect-error a scope is a text
  caseDetailsOptions(client, { case_id: "1" }, { scope: 5 });
  // @ts-expect-error something else is no client
  caseDetailsOptions(queryClient, { case_id: "1" });
  // @ts-expect-error options for pages are not for one answer
  useQuery(casesByContractInfiniteOptions(client, { contract_ids: ["1"] }), queryClient).data?.cases.length;
  // @ts-expect-error a page that is cached has no methods
  useQuery(casesByContractOptions(client, { contract_ids: ["1"] })).data?.nextPage();
  // @ts-expect-error a detail carries no flag
  queryClient.getQueryData(caseDetailsOptions(client, { case_id: "1" }).queryKey)?.status_flag;
  // @ts-expect-error an array of every case needs a limit
  allCasesOptions(client, { contract_ids: ["1"] });
  // @ts-expect-error an array cannot tell which parts are missing
  allCasesOptions(client, { contract_ids: ["1"] }, { limit: 1000, partial: true });
  // @ts-expect-error a client is no store
  storeOptions(client);
  // @ts-expect-error a key cannot be changed
  caseKeys.all.push("x");
  return null;
}
