// Following a gateway's copy from a page, and code that must not compile.

import type { CaseClient, CaseDetail, CaseRecord, CasesPageData } from "cisco-support-case";
import {
  type CaseDetailInput,
  type CaseRecordInput,
  CaseStore,
  type CustomOptions,
  custom,
  type Follow,
  type FollowOptions,
  type FollowStatus,
  type StoreStorage,
} from "cisco-support-case/store";

const options: FollowOptions = { copy: true, live: undefined, intervalMs: 60_000, signal: null, older: "rotate" };

export async function follow(client: CaseClient): Promise<"copy" | "service" | null> {
  const store = await CaseStore.open({ scope: "ann" });
  const followed: Follow = store.follow(client, { contract_ids: ["101"], status_flag: "O" }, options);
  await followed.whenFilled();
  const { source, isLive }: Pick<FollowStatus, "source" | "isLive"> = followed.status;
  await followed.stop();
  return isLive ? "copy" : source;
}

/** Records of another source, which have only some members. */
export function applied(store: CaseStore, record: CaseRecord, detail: CaseDetail, page: CasesPageData): number {
  store.apply({ case_id: "612345678", title: "=1+1", severity: 1, status_flag: "O", updated_date: undefined });
  store.apply([{ case_id: "612345678", bugs: ["CSCza00001"] }, record, detail, { case_id: "1", extra: {} }]);
  const note = { note: "Uplink down", created_by: "Ada Example" };
  const own: CaseDetailInput = { case_id: "612345678", notes: [note], owner_name: "Ada Example" };
  store.apply(own);
  const given: CaseRecordInput = { case_id: "612345678", status: "Cisco Pending" };
  store.apply([own, given]);
  return store.apply(page).version;
}

/** Bytes of a store in the types of the platform, and an adapter of a key-value store that returns them. */
export async function moved(store: CaseStore, kv: Map<string, ArrayBuffer>, d1: Map<string, number[]>): Promise<void> {
  await fetch("https://example.com", { method: "PUT", body: store.snapshot() });
  new Blob([store.snapshot()]);
  store.export().pipeThrough(new CompressionStream("gzip"));
  store.export().pipeThrough(new TextDecoderStream());
  for (const map of [kv, d1]) {
    const options: CustomOptions = { name: "cases", timeoutMs: 5000 };
    const adapter: StoreStorage = {
      read: async (keys) => keys.map((key) => map.get(key) ?? null),
      write: async (puts, removes) => {
        for (const [key, bytes] of puts) kv.set(key, bytes.buffer);
        for (const key of removes) kv.delete(key);
      },
      keys: async () => [...map.keys()] as const,
      clear: async () => map.clear(),
    };
    custom(adapter);
    custom(adapter, options);
  }
}

/** A column may be left out by `undefined`, as any option. */
export const titles = (store: CaseStore, case_id: string | undefined): ReadableStream<Uint8Array> =>
  store.export({ columns: { case_id, title: "Title" } });

export async function wrong(client: CaseClient, store: CaseStore): Promise<void> {
  // @ts-expect-error: a record has a number
  store.apply({ title: "BGP flaps" });
  // @ts-expect-error: a severity is one of four
  store.apply({ case_id: "1", severity: 5 });
  // @ts-expect-error: a record has no such member
  store.apply([{ case_id: "1", titel: "BGP flaps" }]);
  // @ts-expect-error: whether a copy is used is yes or no
  store.follow(client, { contract_ids: ["101"] }, { copy: "always" });
  // @ts-expect-error: contracts or users are required
  store.follow(client, {});
  // @ts-expect-error: the status is replaced, not changed
  store.follow(client, { user_ids: ["ann"] }).status.source = "copy";
}
