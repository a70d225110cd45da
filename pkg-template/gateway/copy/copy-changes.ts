// The committed changes of a copy, for a sync that reads them in place of the service.
//
// Claim: a consumer that stores its position with what it has taken misses no change of the copy. Every case that changes gets
// a version above all others, in the transaction that writes it, and so does the tombstone of one that leaves. A case that
// changes again before it is read has the later version only. So all versions up to a position were taken, or were replaced by
// later ones. A position in another database, or above the newest version, as after a restore, is one from the beginning.
//
// Details bring a later version of their case, but are no change of its record. Claim: a record of a version up to `recordsAfter`
// was taken. That is the newest version at the end of the last reading that was completed: its last transaction has returned
// each case of a later version than the position, and one of an earlier version was returned before.

import type { CaseChange, CaseRecord } from "../../client/index.js";
import { copyChangesAfter } from "../../wasm/gateway.js";
import type { ChangesConsumer } from "../options.js";
import { SyncError } from "../sync-error.js";
import type { CopyDatabase, CopyStatementResult } from "./d1-types.js";
import { type CopyStatement, primarySession, runBatch } from "./database.js";

/** Number of cases, and of tombstones, that a batch reads. */
const CHANGES_PER_BATCH = 200;

/** The position of a consumer. */
interface Position {
  /** The epoch of the copy. */
  epoch: string;
  /** The version up to which the changes were taken. */
  version: number;
  /** Tombstones up to this version are left out: they are older than the consumer. */
  tombstonesAfter: number;
  /** Cases whose records are of a version up to this are left out: their details alone are newer. */
  recordsAfter: number;
}

/** The state of the copy. */
interface State {
  epoch: string;
  version: number;
  oldest_version: number;
}

/** A row of a case or of a tombstone. */
interface Row {
  version: number;
  case_id: string;
  /** `null` if the records before it are as long as a batch may be: the next one has it. */
  record: string | null;
  /** Whether a case of a tombstone is in the copy. */
  stays?: number;
}

/**
 * Reads what a copy has committed after a position, oldest change first. Returns the error `CHANGES_DROPPED` if tombstones after
 * the position were dropped.
 */
export async function readCopyChanges(
  database: CopyDatabase,
  cursor: string | null,
  consumer: ChangesConsumer,
): Promise<{ error: unknown }> {
  const session = primarySession(database);
  let position = cursor === null ? null : parsePosition(cursor);
  let error: unknown;
  for (;;) {
    const { state, cases, tombstones } = await nextRows(session, position);
    // No run has begun the copy.
    if (!state) break;
    const { epoch, version, oldest_version } = state;
    if (position && (position.epoch !== epoch || position.version > version)) {
      position = { epoch, version: 0, tombstonesAfter: 0, recordsAfter: 0 };
      continue;
    }
    position ??= { epoch, version: 0, tombstonesAfter: version, recordsAfter: 0 };
    const known = Math.max(position.version, position.tombstonesAfter);
    if (known > 0 && known < oldest_version) error ??= new SyncError("CHANGES_DROPPED");
    // Beyond the last row of a full list, others may follow.
    const ends = [cases, tombstones].map((rows) => endOf(rows) ?? version);
    const end = Math.min(...ends);
    const rows = [...cases, ...tombstones].filter((row) => row.version <= end && !row.stays);
    let last = position;
    for (const row of rows.sort((one, other) => one.version - other.version)) {
      const next = { ...position, version: row.version };
      last = next;
      if (!(await consumer.take(changeOf(row), () => JSON.stringify(next)))) {
        await consumer.end(JSON.stringify(next));
        return { error };
      }
    }
    position = { ...last, version: end };
    if (end < version) continue;
    position.recordsAfter = version;
    break;
  }
  await consumer.end(position && JSON.stringify(position));
  return { error };
}

/** Reads the state and the next rows in one transaction. Without a position, only cases. */
async function nextRows(
  session: Pick<CopyDatabase, "prepare" | "batch">,
  position: Position | null,
): Promise<{ state: State | undefined; cases: Row[]; tombstones: Row[] }> {
  const nowhere = { version: 0, tombstonesAfter: Number.MAX_SAFE_INTEGER, recordsAfter: 0 };
  const { version, tombstonesAfter, recordsAfter } = position ?? nowhere;
  const after = Math.max(version, tombstonesAfter);
  const statements = copyChangesAfter(version, recordsAfter, after, CHANGES_PER_BATCH);
  const results = await runBatch(session, JSON.parse(statements) as CopyStatement[]);
  const [state, cases, tombstones] = results.map(({ results }: CopyStatementResult) => results);
  return {
    state: state?.[0] as State | undefined,
    cases: (cases ?? []) as Row[],
    tombstones: (tombstones ?? []) as Row[],
  };
}

/**
 * Returns the version of the last row with a record, if others may follow. The first row has one: D1 takes no row of more than
 * 2 MB, which is less than a batch may have.
 */
function endOf(rows: readonly Row[]): number | undefined {
  const cut = rows.findIndex(({ record }) => record === null);
  if (cut >= 0) return rows[cut - 1]?.version;
  return rows.length >= CHANGES_PER_BATCH ? rows.at(-1)?.version : undefined;
}

/** Returns a row as the change that a list of the service would give. The record has the form of `CaseRecord`. */
function changeOf({ case_id, record, stays }: Row): CaseChange {
  if (!record) return { type: "gone", case_id, case: null };
  return { type: stays === undefined ? "changed" : "closed", case_id, case: JSON.parse(record) as CaseRecord };
}

/** Parses a position. Throws `SOURCE_CHANGED` for the cursor of a sync that has read the service. */
function parsePosition(cursor: string): Position {
  const { epoch, version, tombstonesAfter, recordsAfter = 0 } = JSON.parse(cursor) as Partial<Position>;
  if (epoch === undefined || version === undefined || tombstonesAfter === undefined) {
    throw new SyncError("SOURCE_CHANGED");
  }
  return { epoch, version, tombstonesAfter, recordsAfter };
}
