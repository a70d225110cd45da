// The readers of the copy over D1 in real workerd, without a Worker: the package's own code, with the database of miniflare.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.TOOLS);
const { convertV4MiniflareOptions, Miniflare } = require("miniflare");

const PACKAGE = process.env.PACKAGE ?? join(import.meta.dirname, "../node_modules/cisco-support-case");
const file = (name) => pathToFileURL(join(PACKAGE, name)).href;
const wasm = await import(file("wasm/gateway.js"));
wasm.initSync({ module: readFileSync(join(PACKAGE, "wasm/gateway.wasm")) });
const { CopyReader } = await import(file("gateway/copy/copy-reader.js"));
const WWW = process.env.WWW ?? join(import.meta.dirname, "../../www");
const { readMigrations } = await import(pathToFileURL(join(WWW, "demo/migrations.mjs")));

export const SECRET = "a-synthetic-client-secret";
export const { RawCopyBatch, copyAcquire, copyCompact } = wasm;

/** The migrations, a statement each, in order. */
export const MIGRATION = readMigrations(PACKAGE);

/** Starts a database with the tables of the copy, and a writer of it. `persist` is a folder that keeps the database. */
export async function copy({ persist } = {}) {
  const options = convertV4MiniflareOptions({
    name: "copy",
    modules: true,
    script: "export default { fetch: () => new Response() };",
    compatibilityDate: "2026-10-01",
    d1Databases: { CASES: "cases" },
  });
  const miniflare = new Miniflare({ ...options, ...(persist && { resourcePersistencePath: persist }) });
  const bound = await miniflare.getD1Database("CASES");
  /** Rows that statements have read and written, and the number of batches. */
  const counts = { read: 0, written: 0, batches: 0 };
  const database = {
    prepare: (sql) => bound.prepare(sql),
    async batch(statements) {
      const results = await bound.batch(statements);
      counts.batches += 1;
      for (const { meta } of results) {
        counts.read += meta.rows_read;
        counts.written += meta.rows_written;
      }
      return results;
    },
  };
  const run = (statements) =>
    database.batch(JSON.parse(statements).map(({ sql, params }) => bound.prepare(sql).bind(...params)));
  // A kept database has them.
  const tables = await bound.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'cases_by_due_details'").first();
  if (Object.values(tables)[0] === 0) await bound.batch(MIGRATION.map((sql) => bound.prepare(sql)));
  let writer;
  const acquire = async () => {
    [{ writer }] = (await run(copyAcquire("0123456789abcdef")))[0].results;
  };
  await acquire();
  return {
    bound,
    database,
    run,
    acquire,
    stop: () => miniflare.dispose(),
    /** Runs work, and returns its result with the rows that it has read. */
    async counted(work) {
      Object.assign(counts, { read: 0, written: 0, batches: 0 });
      const result = await work();
      return { result, ...counts };
    },
    /** Commits cases, and the ids of those that are gone. */
    async write(records, gone = []) {
      let batch = new RawCopyBatch(writer);
      const commit = async () => {
        await run(batch.statements("{}"));
        batch.free();
        batch = new RawCopyBatch(writer);
      };
      const push = async (add) => {
        if (add()) return;
        await commit();
        add();
      };
      for (const record of records) {
        const { extra, item_entry_id: _, ...fields } = record;
        const text = JSON.stringify({ ...extra, ...fields });
        await push(() => batch.pushCase(text));
      }
      for (const id of gone) await push(() => batch.pushGone(id));
      await commit();
      batch.free();
    },
    compact: (kept) => run(copyCompact(writer, kept, Math.floor(Date.now() / 86_400_000))),
  };
}

const OPTIONS = Object.fromEntries(
  ["credentials", "authorize", "permissions", "quota"].map((name) => [name, "[function]"]),
);
const raw = new wasm.RawGateway(JSON.stringify({ ...OPTIONS, permissionsTtlSeconds: 3600 }));

/** Returns a request of an identity, authorized with its permissions. */
function requestOf(permissions, who) {
  const identity = JSON.stringify(who);
  const given = JSON.stringify(permissions);
  const scope = createHash("sha256").update(raw.canonicalPermissions(identity, given)).digest("hex");
  const problem = raw.cachePermissions(identity, given, scope, raw.logVersion(), Date.now());
  if (problem) throw new Error(problem);
  const address = "https://portal.example/api/case/cases/case_ids/612345678";
  const parsed = raw.parse("a-request", "GET", address, "", false, false);
  if (!parsed.authorize(raw, identity, undefined, Date.now())) throw new Error("not authorized");
  return parsed;
}

/** The code of the error that a reader throws. */
export async function codeOf(work) {
  try {
    await work();
    return "";
  } catch (error) {
    if (typeof error.body !== "string") throw error;
    return JSON.parse(error.body).error.code;
  }
}

/** The readers of an identity. */
export function identity(one, permissions, { subject = "ann", secret = SECRET, ...who } = {}) {
  const reader = new CopyReader();
  const allowed = { now: permissions };
  const request = () => requestOf(allowed.now, { subject, ...who });
  const readFeed = (since, limit) => reader.feed(request(), one.database, secret, { since, limit });
  return {
    allowed,
    feed: readFeed,
    query: (query) => reader.query(request(), one.database, typeof query === "string" ? query : JSON.stringify(query)),
    overview: (query, options) =>
      reader.overview(request(), one.database, JSON.stringify(query), options && JSON.stringify(options)),
    /** Reads pages until a round ends. Returns their bodies. */
    async round(since, limit) {
      const bodies = [];
      let cursor = since;
      for (;;) {
        const { body } = await readFeed(cursor, limit);
        bodies.push(body);
        const page = JSON.parse(body);
        ({ cursor } = page);
        if (!page.has_more) return bodies;
      }
    },
  };
}

/** A page of a portal: it holds what the feed has sent. */
export class Holder {
  cursor;
  cases = new Map();
  #stale = new Set();

  /** Applies a page. Returns whether there are more. */
  apply(text) {
    const { cursor, has_more, refill, left, gone, cases } = JSON.parse(text);
    if (refill) this.#stale = new Set(this.cases.keys());
    for (const [id, { contract_id, user_id }] of this.cases) {
      if (left.contract_ids.includes(contract_id) || left.user_ids.includes(user_id)) this.cases.delete(id);
    }
    for (const id of gone) this.cases.delete(id);
    for (const record of cases) {
      this.cases.set(record.case_id, record);
      this.#stale.delete(record.case_id);
    }
    if (!has_more) {
      for (const id of this.#stale) this.cases.delete(id);
      this.#stale.clear();
    }
    this.cursor = cursor;
    return has_more;
  }
}

const { random: seeded } = await import(new URL("random.mjs", pathToFileURL(process.env.TOOLS)));

/** A reproducible generator of numbers from 0 to below 1. */
export const random = (seed) => seeded(seed).fraction;
