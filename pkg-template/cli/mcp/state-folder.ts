// Sets of cases on the disk, so that a server that starts again asks only for the changes since its last one.
//
// A file has a line of JSON, and the store as bytes. It replaces the one before as a whole, and only its owner can read it.

import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../util/make-folder.js";
import { CaseStore, type OpenStore } from "../library.js";
import { removeLeftovers, ReplacementFile } from "../files.js";

/** The state of a set other than its cases. */
export interface SetState {
  /** The first day of creation; `null` for all open cases. */
  readonly from: string | null;
  readonly cursor: string;
  /** The time of the last complete round, as RFC 3339. */
  readonly asOf: string;
}

const VERSION = 1;

/** The folder of `--state`. */
export class StateFolder {
  readonly #path: string;
  readonly #log: (line: string) => void;

  constructor(path: string, log: (line: string) => void) {
    this.#path = path;
    this.#log = log;
  }

  /** Makes the folder, and tells if it cannot be used. */
  async prepare(): Promise<void> {
    try {
      await makeFolder(this.#path, 0o700);
      await access(this.#path, constants.W_OK);
    } catch (error) {
      this.#log(`--state: the cases cannot be saved: ${(error as Error).message}`);
    }
  }

  /** Returns a saved set; `undefined` if there is none, or it cannot be used. `now` is the time of a sandbox. */
  async load(key: string, now: number | undefined): Promise<{ state: SetState; store: OpenStore } | undefined> {
    try {
      const bytes = await readFile(this.#fileOf(key));
      const end = bytes.indexOf(0x0a);
      const { version, key: saved, from, cursor, asOf } = JSON.parse(bytes.subarray(0, end).toString());
      if (version !== VERSION || saved !== key || typeof cursor !== "string" || typeof asOf !== "string")
        return undefined;
      const store = await CaseStore.restore(bytes.subarray(end + 1), now === undefined ? {} : { now: new Date(now) });
      return { state: { from, cursor, asOf }, store };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      this.#log(`a file of --state cannot be used, and is written anew: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** Saves a set of cases in its file. */
  async save(key: string, state: SetState, store: OpenStore): Promise<void> {
    const path = this.#fileOf(key);
    try {
      await makeFolder(this.#path, 0o700);
      await removeLeftovers(path);
      const file = await ReplacementFile.create(path);
      try {
        await file.write(`${JSON.stringify({ version: VERSION, key, ...state })}\n`);
        await file.write(store.snapshot());
        await file.commit();
      } catch (error) {
        await file.discard();
        throw error;
      }
    } catch (error) {
      // The server goes on without it.
      this.#log(`--state: the cases cannot be saved: ${(error as Error).message}`);
    }
  }

  #fileOf(key: string): string {
    return join(this.#path, `${createHash("sha256").update(key).digest("hex").slice(0, 32)}.cases`);
  }
}
