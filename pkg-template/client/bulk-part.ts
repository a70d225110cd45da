// The interface of the bulk part, whose JavaScript is loaded together with the bulk wasm module.

import type { CaseRecord, CasesByContractParams, CasesByUserParams } from "../generated/types.js";
import type { Exports } from "../wasm/bulk.js";
import type { BulkFailure, CaseChange, Estimate } from "./bulk-options.js";
import type { BulkInput } from "./call-input.js";
import type { Host } from "./host.js";
import type { ModuleScript } from "./module-script.js";
import type { CasesPageData, Issue, Problem } from "./types.js";

/**
 * The JavaScript of bulk calls.
 *
 * @internal
 */
export interface BulkPart extends ModuleScript<Exports> {
  /** Creates the run of a bulk call. */
  readonly createRun: (open: OpenHost, args: BulkArguments) => BulkRun;
  /** Returns the problems of a bulk call's parameters, which are JSON text. */
  check(operation: BulkOperation, params: string): Problem[];
  /** Estimates the cost of a bulk call. Parameters are JSON text, options plain values. */
  readonly estimate: (
    host: Host,
    client: ListCalls,
    params: string,
    options: Record<string, unknown>,
  ) => Promise<Estimate>;
}

/** The operation of a bulk call. */
export type BulkOperation = "allCases" | "changes" | "allDetails";

/** Returns the host of a client's calls once the module is loaded. */
export type OpenHost = (signal?: AbortSignal) => Promise<Host>;

/** The arguments of a bulk call, copied when it is made: later changes of the caller's objects have no effect. */
export interface BulkArguments {
  readonly operation: BulkOperation;
  /** The parameters, as JSON text. */
  readonly params: string;
  readonly cursor: string | undefined;
  readonly input: BulkInput;
  /** The parts that could not be read so far. */
  readonly failures: BulkFailure[];
  /** The checkpoint before anything is read: that of the options or the cursor. */
  readonly checkpoint: string | null;
}

/** A bulk call that begins when it is first iterated. */
export interface BulkRun {
  /** Whether everything was taken, so that nothing is left for a resumed call. */
  isDone(): boolean;
  /** Returns the deliveries in order. It can be called once. */
  deliveries(): AsyncGenerator<Delivery, void, undefined>;
  /** Sets the number of items of the current delivery that were taken. */
  take(count: number): void;
  /** Returns the checkpoint to resume from; the last known one if the module has failed. */
  checkpoint(): string | null;
}

/** A delivery: cases or details, or the ids of cases that are gone. */
export interface Delivery {
  readonly page: CasesWithIssues;
  /** The number of items. */
  readonly count: number;
  /** The types of changes. */
  readonly types?: readonly CaseChange["type"][];
  /** The ids of cases that are gone. */
  readonly gone?: readonly string[];
}

/** Cases and the issues found in them. */
export interface CasesWithIssues {
  cases: CaseRecord[];
  issues: Issue[];
}

/** The calls of a client for lists, from which an estimate takes its sample. */
export interface ListCalls {
  casesByContract(params: CasesByContractParams): PromiseLike<CasesPageData>;
  casesByUser(params: CasesByUserParams): PromiseLike<CasesPageData>;
}
