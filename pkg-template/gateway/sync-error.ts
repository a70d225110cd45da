// The error that ends a run of the sync.

/** An error that ends a run, with the code that the run's report contains. */
export class SyncError extends Error {
  readonly code: string;

  constructor(code: string, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}
