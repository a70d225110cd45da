// The readers of the copy: feed, query and overview of an authorized request. The wasm decides which statements to run.

import { COPY_DONE, COPY_NOT_READY, COPY_RUN, COPY_TOO_BROAD, FEED_MAX_LIMIT } from "../../generated/boundary.js";
import { copyOwner, errorBody, RawCopyFeed, RawCopyQuery, type RawRequest } from "../../wasm/gateway.js";
import { sha256Hex } from "../hmac.js";
import { GatewayError } from "../upstream-client.js";
import { callWasm } from "../wasm-instance.js";
import { CursorSeal } from "./cursor-seal.js";
import type { CopyAnswer, CopyReaders, FeedAnswer, FeedPageBody, ListAnswer } from "./answers.js";
import { type CopiedList, pageOfList, queryOfList } from "./copied-list.js";
import type { CopyDatabase } from "./d1-types.js";
import { type CopyRows, type CopyStatement, primarySession, rowsOf, runBatch, syncedState } from "./database.js";

/** Number of batches of one answer, at most: it takes one to four. */
const MAX_BATCHES = 8;

/** The page as the wasm gives it. */
interface RawFeedPage extends Omit<FeedPageBody, "cases" | "details"> {
  isNew: boolean;
  rows: number[];
}

/** The part of an answer of the copy that a statement gives. */
interface CopySteps {
  statements(): string;
  onRows(rows: string): number;
  free(): void;
}

/** The reader of the copy of one gateway. Its methods throw a {@link GatewayError}. */
export class CopyReader implements CopyReaders {
  #seal = new CursorSeal();

  /**
   * Reads a page of the feed for an authorized request: what changed since a cursor, or everything without one. `secret` is
   * the gateway's client secret.
   */
  async feed(
    parsed: RawRequest,
    database: CopyDatabase,
    secret: string,
    { since, limit = FEED_MAX_LIMIT }: { since?: string | undefined; limit?: number | undefined },
  ): Promise<FeedAnswer> {
    const owner = callWasm(() => copyOwner(parsed));
    if (owner === undefined) throw new GatewayError(errorBody("GATEWAY_FAILED", ""));
    const opened = since === undefined ? undefined : await this.#seal.open(secret, owner, since);
    if (since !== undefined && opened === undefined) throw new GatewayError(errorBody("CURSOR_INVALID", ""));
    const feed = callWasm(() => RawCopyFeed.begin(parsed, opened, limit, Date.now()));
    if (!feed) throw new GatewayError(errorBody("CURSOR_INVALID", ""));
    try {
      let texts = NO_TEXTS;
      await runSteps(feed, primarySession(database), (rows) => {
        if (callWasm(() => feed.isAtPage)) texts = rows;
      });
      const { rows, isNew, cursor, ...rest } = JSON.parse(callWasm(() => feed.page())) as RawFeedPage;
      const sealed = await this.#seal.seal(secret, owner, cursor);
      const head = JSON.stringify({ cursor: sealed.text, ...rest }).slice(0, -1);
      const cases = rows.map((row) => texts.records[row]).join(",");
      const details = rows
        .map((row) => texts.details[row])
        .filter(Boolean)
        .join(",");
      const body = `${head},"cases":[${cases}],"details":[${details}]}`;
      return { body, etag: `W/"${sealed.tag}"`, isNew };
    } finally {
      free(feed);
    }
  }

  /** Answers a query for an authorized request. The body is a {@link QueryAnswerBody}. */
  async query(parsed: RawRequest, database: CopyDatabase, query: string): Promise<CopyAnswer> {
    const raw = begin(parsed, query, undefined);
    try {
      let texts = NO_TEXTS;
      await runSteps(raw, database, (rows) => {
        texts = rows;
      });
      const [cases, details] = [texts.records, texts.details].map((all) => all.filter(Boolean).join(","));
      const total = callWasm(() => raw.answer());
      return await answerOf(`{"now":${nowOf(raw)},"total":${total},"cases":[${cases}],"details":[${details}]}`);
    } finally {
      free(raw);
    }
  }

  /**
   * Answers a list in the form of the service. `undefined` if the copy is older than permitted or cannot answer: the service is
   * then asked. `address` is that of the page.
   */
  async list(
    parsed: RawRequest,
    database: CopyDatabase,
    list: CopiedList,
    address: string,
  ): Promise<ListAnswer | undefined> {
    try {
      const { syncedMs, missing } = await syncedState(database, list.contract_ids);
      // By the service's clock, which may be ahead. 0: it does not have all cases yet.
      const ageMs = Math.max(Date.now() - syncedMs, 0);
      if (syncedMs === 0 || missing > 0 || ageMs > list.maxAgeMs) return undefined;
      const { body } = await this.query(parsed, database, queryOfList(list));
      const page = pageOfList(list, address, body);
      return page === undefined ? undefined : { ...(await answerOf(page)), ageMs };
    } catch (error) {
      if (error instanceof GatewayError) return undefined;
      throw error;
    }
  }

  /**
   * Counts the cases of a query for an authorized request. The body is `{ now, overview }`, with the overview that the
   * store gives; `options` is JSON text.
   */
  async overview(parsed: RawRequest, database: CopyDatabase, query: string, options = "{}"): Promise<CopyAnswer> {
    const raw = begin(parsed, query, options);
    try {
      await runSteps(raw, database, () => {});
      return await answerOf(`{"now":${nowOf(raw)},"overview":${callWasm(() => raw.answer())}}`);
    } finally {
      free(raw);
    }
  }
}

function begin(parsed: RawRequest, query: string, overview: string | undefined): RawCopyQuery {
  const raw = callWasm(() => RawCopyQuery.begin(parsed, query, overview, Date.now()));
  if (!raw) throw new GatewayError(errorBody("GATEWAY_FAILED", ""));
  const problem = callWasm(() => raw.error());
  if (problem === undefined) return raw;
  free(raw);
  throw new GatewayError(problem);
}

const nowOf = (raw: RawCopyQuery): string => JSON.stringify(callWasm(() => raw.now()));

async function answerOf(body: string): Promise<CopyAnswer> {
  return { body, etag: `W/"${(await sha256Hex(body)).slice(0, 22)}"` };
}

/** The columns of a statement's rows that the wasm does not get. */
type RowTexts = Pick<CopyRows, "records" | "details">;

const NO_TEXTS: RowTexts = { records: [], details: [] };

/** Runs the statements of each step. `onTexts` gets the texts of the last statement's rows, before the rows count. */
async function runSteps(
  steps: CopySteps,
  database: Pick<CopyDatabase, "prepare" | "batch">,
  onTexts: (texts: RowTexts) => void,
): Promise<void> {
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const statements = JSON.parse(callWasm(() => steps.statements())) as CopyStatement[];
    const results = (await runBatch(database, statements)).map(rowsOf);
    onTexts(results.at(-1) ?? NO_TEXTS);
    const step = callWasm(() => steps.onRows(JSON.stringify(results.map(({ rows }) => rows))));
    if (step === COPY_DONE) return;
    if (step === COPY_NOT_READY) throw new GatewayError(errorBody("COPY_NOT_READY", ""));
    if (step === COPY_TOO_BROAD) throw new GatewayError(errorBody("QUERY_TOO_BROAD", ""));
    if (step !== COPY_RUN) break;
  }
  throw new GatewayError(errorBody("GATEWAY_FAILED", ""));
}

function free(steps: CopySteps): void {
  try {
    steps.free();
  } catch {
    // A trap of the module has freed it.
  }
}
