// The value of the option `copy`: the readers of the copy, and the run that fills it.

import type { Announce, Context, Copy } from "../options.js";
import type { SyncHost } from "../upstream-client.js";
import { type CopyOptions, copySettings } from "./copy-options.js";
import { CopyReader } from "./copy-reader.js";
import { CopyRun } from "./copy-run.js";

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
  return Object.freeze({
    database: settings.database,
    live: settings.live,
    reader: new CopyReader(),
    async covers(env: Env, contract_ids: readonly string[]) {
      const copied = new Set(await settings.contract_ids(env));
      return contract_ids.every((id) => copied.has(id));
    },
    run: (host: SyncHost<Env>, env: Env, ctx: Context, announce?: Announce) =>
      new CopyRun(settings, host, env, ctx, announce).run(),
  });
}
