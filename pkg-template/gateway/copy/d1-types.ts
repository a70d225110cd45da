// The parts of a D1 database that the copy uses.

/** A prepared statement, as far as the copy uses it. */
export interface CopyPreparedStatement {
  /** Binds the values of the parameters. */
  bind(...values: unknown[]): CopyPreparedStatement;
}

/** The result of a statement, as far as the copy uses it. */
export interface CopyStatementResult {
  /** The rows, in order. */
  results: unknown[];
  /** Counters of the statement. */
  meta?: {
    /** The rows that the statement read. */
    rows_read?: number;
    /** The rows that the statement wrote, with those of indexes. */
    rows_written?: number;
  };
}

/** The methods of a `D1Database` that the copy uses. */
export interface CopyDatabase {
  /** Prepares a statement. */
  prepare(query: string): CopyPreparedStatement;
  /** Runs statements in one transaction. */
  batch(statements: CopyPreparedStatement[]): Promise<CopyStatementResult[]>;
  /** Begins a session. With `"first-primary"`, its first batch does not run on a replica. */
  withSession?(constraint: string): Pick<CopyDatabase, "prepare" | "batch">;
}
