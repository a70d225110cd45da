// The public objects of bulk calls. Their implementation is in `bulk/`, which is loaded with its wasm module when the first
// bulk call is iterated.

import type { CaseDetail, CaseRecord } from "../generated/types.js";
import type {
  BulkFailure,
  CaseChange,
  Changes,
  ChangesOptions,
  ChangesParams,
  AllDetailsOptions,
  AllDetails,
  AllCases,
  AllCasesOptions,
  AllCasesParams,
} from "./bulk-options.js";
import type { BulkArguments, BulkOperation, BulkRun, CasesWithIssues, Delivery, OpenHost } from "./bulk-part.js";
import { readBulkOptions, toJson, MAX_BULK_IDS, MAX_TOKEN_LENGTH, rejectOption } from "./input.js";
import { collect } from "./case-call.js";
import { clientError, withTexts } from "./errors.js";
import { WHOLE_PAGES } from "./page-copy.js";
import { bulkWithin } from "./wasm-instance.js";

const OWN = ["concurrency", "partial"];

function readArguments(
  operation: BulkOperation,
  given: unknown,
  options: unknown,
  names: readonly string[],
  cursor?: unknown,
): BulkArguments {
  const input = readBulkOptions(options, [...OWN, ...names]);
  if (cursor !== undefined && cursor !== null && typeof cursor !== "string") {
    rejectOption("cursor", "a string from cursor()", typeof cursor);
  }
  const params = toJson(given, MAX_BULK_IDS);
  const checkpoint = cursor ?? (JSON.parse(input.own) as { resume?: string }).resume ?? null;
  // No cursor is as long, and what is cut off is refused.
  return { operation, params, cursor: cursor?.slice(0, MAX_TOKEN_LENGTH), input, failures: [], checkpoint };
}

/** The state of a bulk call, which has only its arguments until it is iterated. */
class BulkCallState {
  readonly args: BulkArguments;
  run: BulkRun | undefined;
  private readonly open: OpenHost;
  loading: Promise<BulkRun> | undefined;

  constructor(open: OpenHost, args: BulkArguments) {
    // Vue does not wrap objects with this property in a proxy.
    Object.defineProperty(this, "__v_skip", { value: true });
    this.open = open;
    this.args = args;
  }

  /** Loads the bulk part and returns the run. After a failure the next iteration tries again. */
  load(): Promise<BulkRun> {
    this.loading ??= bulkWithin(this.args.input.signal).then(
      ({ createRun }) => (this.run = createRun(this.open, this.args)),
      (error) => {
        this.loading = undefined;
        throw error;
      },
    );
    return this.loading;
  }

  /** Returns the checkpoint to resume from. */
  checkpoint(): string | null {
    return this.run ? this.run.checkpoint() : this.args.checkpoint;
  }
}

/** Iterates over the items of all deliveries. With `isByPage`, a delivery of present cases is yielded as a page. */
async function* each<T>(call: BulkCallState, isByPage = false): AsyncGenerator<T, void, undefined> {
  const run = await call.load();
  for await (const delivery of run.deliveries()) {
    const { page, count, types, gone } = delivery;
    if (isByPage && !gone && !types?.includes("left")) {
      run.take(count);
      yield page as T;
      continue;
    }
    let taken = 0;
    for (const item of gone ? gone.map(goneCase) : changesOf(page.cases, types)) {
      taken += 1;
      run.take(taken);
      yield item as T;
    }
  }
}

const goneCase = (case_id: string): CaseChange => ({ type: "gone", case_id, case: null });

const changesOf = (cases: readonly CaseRecord[], types: Delivery["types"]): readonly (CaseRecord | CaseChange)[] =>
  types ? cases.map((one, at) => ({ type: types[at], case_id: one.case_id, case: one }) as CaseChange) : cases;

/** The base class of bulk calls. */
class BulkCall<T> {
  protected readonly call: BulkCallState;

  constructor(open: OpenHost, args: BulkArguments) {
    this.call = new BulkCallState(open, args);
  }

  get failures(): BulkFailure[] {
    return this.call.args.failures;
  }

  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return each(this.call);
  }

  async toArray(options?: unknown): Promise<T[]> {
    const { call } = this;
    const isFirst = !call.loading;
    try {
      return await collect(this, options);
    } catch (error) {
      // The items that were read are lost: the call continues from where it began.
      if (isFirst) call.run = undefined;
      throw error;
    }
  }

  /** Rejects: without it, awaiting a bulk call would do nothing. */
  then<A, B>(done: (value: never) => A, failed: (error: unknown) => B): Promise<A | B> {
    const detail =
      "A bulk call is iterated, not awaited: for await (const one of call), or await call.toArray({ limit }).";
    const failing = withTexts(clientError("INVALID_PARAMETER", detail)).then((error): never => {
      throw error;
    });
    return failing.then(done, failed);
  }
}

class AllCasesCall extends BulkCall<CaseRecord> implements AllCases {
  resumeToken(): string | null {
    return this.call.checkpoint();
  }

  pages(): AsyncGenerator<CasesWithIssues, void, undefined> {
    return each(this.call, true);
  }
}

class ChangesCall extends BulkCall<CaseChange> implements Changes {
  /** @internal */
  [WHOLE_PAGES](): AsyncGenerator<CaseChange | CasesWithIssues, void, undefined> {
    return each(this.call, true);
  }

  cursor(): string | null {
    return this.call.checkpoint();
  }
}

class AllDetailsCall extends BulkCall<CaseDetail> implements AllDetails {
  get done(): boolean {
    return this.call.run?.isDone() ?? false;
  }

  resumeToken(): string | null {
    return this.call.checkpoint();
  }
}

export const allCases = (open: OpenHost, params: AllCasesParams, options?: AllCasesOptions): AllCases =>
  new AllCasesCall(open, readArguments("allCases", params, options, ["order", "batchSize", "resume"]));

export const changes = (
  open: OpenHost,
  params: ChangesParams,
  cursor?: string | null,
  options?: ChangesOptions,
): Changes =>
  new ChangesCall(open, readArguments("changes", params, options, ["batchSize", "maxRequests", "older"], cursor));

export const allDetails = (open: OpenHost, case_ids: readonly string[], options?: AllDetailsOptions): AllDetails =>
  new AllDetailsCall(open, readArguments("allDetails", { case_ids }, options, ["maxRequests", "maxBytes", "resume"]));
