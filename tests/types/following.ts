// Following a gateway's copy from a page, and code that must not compile.

import type { CaseClient } from "cisco-support-case";
import { CaseStore, type Follow, type FollowOptions, type FollowStatus } from "cisco-support-case/store";

const options: FollowOptions = { copy: true, live: undefined, intervalMs: 60_000, signal: null, older: "rotate" };

export async function follow(client: CaseClient): Promise<"copy" | "service" | null> {
  const store = await CaseStore.open({ scope: "ann" });
  const followed: Follow = store.follow(client, { contract_ids: ["101"], status_flag: "O" }, options);
  await followed.whenFilled();
  const { source, isLive }: Pick<FollowStatus, "source" | "isLive"> = followed.status;
  await followed.stop();
  return isLive ? "copy" : source;
}

export async function wrong(client: CaseClient, store: CaseStore): Promise<void> {
  // @ts-expect-error: whether a copy is used is yes or no
  store.follow(client, { contract_ids: ["101"] }, { copy: "always" });
  // @ts-expect-error: contracts or users are required
  store.follow(client, {});
  // @ts-expect-error: the status is replaced, not changed
  store.follow(client, { user_ids: ["ann"] }).status.source = "copy";
}
