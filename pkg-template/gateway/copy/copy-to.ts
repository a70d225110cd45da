// The value of the option `copy`: the readers of the copy, and the run that fills it.

import type { StatusFlag } from "../../client/index.js";
import type { RawRequest } from "../../wasm/gateway.js";
import type { Announce, ChangesConsumer, Context, Copy } from "../options.js";
import type { SyncHost } from "../upstream-client.js";
import { copiedListOf } from "./copied-list.js";
import { type CopyOptions, type CopySettings, copySettings } from "./copy-options.js";
import { readCopyChanges } from "./copy-changes.js";
import { CopyReader } from "./copy-reader.js";
import { databaseOf, lostContracts, syncedState } from "./database.js";
import { CopyRun } from "./copy-run.js";

/** The cases of a list, whatever its contracts are. */
interface ListScope {
  status_flag?: StatusFlag;
  from?: number;
}

/** Whether the options copy every case of a list of contracts that are copied. */
function isCopied<Env>({ status_flag, date_created_from: since }: CopySettings<Env>, list: ListScope): boolean {
  if (status_flag !== undefined && status_flag !== list.status_flag) return false;
  return since === undefined || (list.from ?? Number.NaN) >= Number(new Date(since));
}

/**
 * Makes the copy of a gateway: each scheduled run reads what has changed, once for all pages, and pages read the copy.
 *
 * ```ts
 * export default createGateway<Env>({
 *   …,
 *   copy: copyTo<Env>({
 *     database: (env) => env.CASES,
 *     live: (env) => env.CASE_LIVE,
 *     contract_ids: (env) => contractsOf(env),
 *   }),
 * });
 * ```
 */
export function copyTo<Env = unknown>(options: CopyOptions<Env>): Copy<Env> {
  const settings = copySettings(options);
  const reader = new CopyReader();
  const database = (env: Env) => databaseOf(settings.database, env);
  return Object.freeze({
    database,
    live: settings.live,
    reader,
    async covers(env: Env, contract_ids: readonly string[], list: ListScope = {}) {
      if (!isCopied(settings, list)) return false;
      const { syncedMs, missing } = await syncedState(database(env), contract_ids);
      return syncedMs > 0 && missing === 0;
    },
    lost: (env: Env) => lostContracts(() => database(env)),
    async list(address: string, parsed: unknown, env: Env) {
      const list = copiedListOf(parsed);
      const { status_flag, created } = list ?? {};
      const wanted = { ...(status_flag && { status_flag }), ...(created && { from: created.from }) };
      if (!list || !isCopied(settings, wanted)) return undefined;
      return reader.list(parsed as RawRequest, database(env), list, address);
    },
    run: (host: SyncHost<Env>, env: Env, ctx: Context, announce?: Announce, hasSync = false) =>
      new CopyRun(settings, { host, env, ctx }, announce, hasSync).run(),
    changes: (env: Env, cursor: string | null, consumer: ChangesConsumer) =>
      readCopyChanges(database(env), cursor, consumer),
  });
}
