// Calls in bulk as they are called. What they do is in `bulk/`, which comes with its wasm module when the first of them is
// iterated.

import type { CaseDetail, CaseRecord } from "../generated/types.js";
import type { Cases, Run } from "../bulk/run.js";
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
import type { Purpose } from "./bulk-part.js";
import type { Host } from "./driver.js";
import { type BulkInput, bulkInput, json, MAX_BULK_IDS, MAX_TOKEN_LENGTH, refuseOption } from "./input.js";
import { bulkWithin } from "./module.js";

/** Gives the host of a client's calls, once the module is there. */
export type OpenHost = (signal?: AbortSignal) => Promise<Host>;

/** A bulk call as it was handed in: read at once, so that what is changed afterwards changes nothing. */
export interface Asked {
  readonly purpose: Purpose;
  /** The parameters, as JSON text. */
  readonly params: string;
  readonly cursor: string | undefined;
  readonly input: BulkInput;
  /** What could not be read so far. */
  readonly failures: BulkFailure[];
  /** The place to go on from before anything was read. */
  readonly token: string | null;
}

const OWN = ["concurrency", "partial"];

function asked(purpose: Purpose, given: unknown, options: unknown, names: readonly string[], cursor?: unknown): Asked {
  const input = bulkInput(options, [...OWN, ...names]);
  if (cursor !== undefined && cursor !== null && typeof cursor !== "string") {
    refuseOption("cursor", "a string from cursor()", typeof cursor);
  }
  const params = json(given, MAX_BULK_IDS);
  const token = cursor ?? (JSON.parse(input.own) as { resume?: string }).resume ?? null;
  // No cursor is as long, and what is cut off is refused.
  return { purpose, params, cursor: cursor?.slice(0, MAX_TOKEN_LENGTH), input, failures: [], token };
}

/** A call in bulk, of which there is nothing but what was handed in until it is iterated. */
class Call {
  readonly asked: Asked;
  run: Run | undefined;
  private readonly open: OpenHost;
  private beginning: Promise<Run> | undefined;

  constructor(open: OpenHost, asked: Asked) {
    // Vue makes no proxy of what says so.
    Object.defineProperty(this, "__v_skip", { value: true });
    this.open = open;
    this.asked = asked;
  }

  /** Gives what does the work, once it is loaded. Where it is not, whoever iterates next tries again. */
  begin(): Promise<Run> {
    this.beginning ??= bulkWithin(this.asked.input.signal).then(
      ({ runOf }) => (this.run = runOf(this.open, this.asked)),
      (error) => {
        this.beginning = undefined;
        throw error;
      },
    );
    return this.beginning;
  }

  /** The place to go on from. */
  token(): string | null {
    return this.run ? this.run.token() : this.asked.token;
  }
}

/** An iterator over the items of each delivery. */
async function* each<T>(call: Call): AsyncGenerator<T, void, undefined> {
  const run = await call.begin();
  for await (const { items } of run.deliveries()) {
    let taken = 0;
    for (const item of items) {
      taken += 1;
      run.take(taken);
      yield item as T;
    }
  }
}

/** The parts that bulk calls share. */
class BulkCall {
  protected readonly call: Call;

  constructor(open: OpenHost, asked: Asked) {
    this.call = new Call(open, asked);
  }

  get failures(): BulkFailure[] {
    return this.call.asked.failures;
  }
}

class AllCasesCall extends BulkCall implements AllCases {
  resumeToken(): string | null {
    return this.call.token();
  }

  async *pages(): AsyncGenerator<Cases, void, undefined> {
    const run = await this.call.begin();
    for await (const { items, issues } of run.deliveries()) {
      run.take(items.length);
      yield { cases: items as CaseRecord[], issues };
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<CaseRecord, void, undefined> {
    return each(this.call);
  }
}

class ChangesCall extends BulkCall implements Changes {
  cursor(): string | null {
    return this.call.token();
  }

  [Symbol.asyncIterator](): AsyncGenerator<CaseChange, void, undefined> {
    return each(this.call);
  }
}

class AllDetailsCall extends BulkCall implements AllDetails {
  get done(): boolean {
    return this.call.run?.isDone() ?? false;
  }

  resumeToken(): string | null {
    return this.call.token();
  }

  [Symbol.asyncIterator](): AsyncGenerator<CaseDetail, void, undefined> {
    return each(this.call);
  }
}

export const allCases = (open: OpenHost, params: AllCasesParams, options?: AllCasesOptions): AllCases =>
  new AllCasesCall(open, asked("allCases", params, options, ["order", "batchSize", "resume"]));

export const changes = (
  open: OpenHost,
  params: ChangesParams,
  cursor?: string | null,
  options?: ChangesOptions,
): Changes => new ChangesCall(open, asked("changes", params, options, ["batchSize", "maxRequests", "older"], cursor));

export const allDetails = (open: OpenHost, case_ids: readonly string[], options?: AllDetailsOptions): AllDetails =>
  new AllDetailsCall(open, asked("allDetails", { case_ids }, options, ["maxRequests", "maxBytes", "resume"]));
