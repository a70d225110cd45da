// Persistence in files of a folder, for Node, Deno and Bun.

import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, open as openFile, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { makeFolder } from "../../util/make-folder.js";
import { rejectOption } from "../../client/reject-option.js";
import { isStoreError, storeError } from "../errors.js";
import { savingError, toStoreError } from "../saving-errors.js";
import {
  EPOCH_KEY,
  incrementEpoch,
  type OpenStorage,
  readEpoch,
  type StorageEvents,
  type StorePersistence,
} from "./storage.js";

/** Options of the persistence in files. */
export interface NodeFileOptions {
  /**
   * The folder. It is created if it does not exist; each scope has a folder of its own in it. Folders that are created can be read by
   * the process's user alone (not on Windows).
   */
  folder: string;
}

/** The name of the lock file. It is no key: keys contain no capital letters. */
const LOCK = "LOCK.json";
/** The name of the file that a process creates to remove a stale lock. */
const TAKEOVER = "TAKEOVER";
/** The wait for another process that removes a stale lock, in milliseconds. */
const TAKEOVER_WAIT_MS = 20;
/** The number of times that the lock is tried to take. */
const MAX_TRIES = 20;
/** The suffix of files that are being written. */
const TEMPORARY = ".TMP";
/** The permissions of new folders: cases name people, and no other user of the machine may read them. */
const FOLDER_MODE = 0o700;
/** The interval at which the lock is renewed, in milliseconds. */
const RENEW_MS = 10_000;
/** The age of a lock at which its process counts as hung or gone, in milliseconds. */
const STALE_MS = 60_000;

/** The content of a lock file. */
interface Lock {
  /** Identifies the opened storage. */
  readonly token: string;
  readonly pid: number;
  readonly host: string;
}

/** The tokens of this module. A process in a container often has the process id of its predecessor. */
const tokens = new Set<string>();

/**
 * Persistence in files. One store at a time can open a scope; a second one, of any process or thread, fails with
 * `STORE_LOCKED`.
 *
 * Each file is written under another name, flushed to the disk, and renamed.
 */
export function nodeFile(options: NodeFileOptions): StorePersistence {
  const { folder, ...others } = Object(options) as Record<string, unknown>;
  for (const other of Object.keys(others)) rejectOption(other, "the option folder", other);
  if (typeof folder !== "string" || folder === "") rejectOption("folder", "the path of a folder", folder);
  const open = async (scope: string, events: StorageEvents) => {
    const storage = new FileStorage(folder, scope, (error) => events.onLost(error));
    await storage.start();
    return storage;
  };
  const erase = async (scope: string) => {
    const storage = new FileStorage(folder, scope, () => {});
    try {
      await storage.start();
    } catch (error) {
      // A full disk has no space for a lock, and is a reason to erase.
      if (!isStoreError(error, "STORE_QUOTA_EXCEEDED")) throw error;
      return storage.remove();
    }
    return storage.destroy();
  };
  // Not the path: caches are sent to pages.
  const id = `nodeFile/${hashOf(resolve(folder)).slice(0, 8)}`;
  return { id, nameOf: (scope) => nameOf(folderOf(folder, scope)), open, erase };
}

/** The folder of a scope. */
function folderOf(folder: string, scope: string): string {
  // A hash: scopes may contain any characters, and some file systems do not distinguish letter case.
  return resolve(folder, `store-${hashOf(scope).slice(0, 32)}`);
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

const nameOf = (folder: string): string => `file/${folder}`;

const codeOf = (error: unknown): unknown => (Object(error) as { code?: unknown }).code;

/** Resolves to `undefined` if a file does not exist. */
async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

class FileStorage implements OpenStorage {
  readonly isAtomic = false;
  readonly isShared = false;
  readonly name: string;
  private readonly folder: string;
  private readonly onLost: (error: unknown) => void;
  private readonly token = randomUUID();
  private renewal: ReturnType<typeof setInterval> | undefined;
  private ended: unknown;

  constructor(folder: string, scope: string, onLost: (error: unknown) => void) {
    this.folder = folderOf(folder, scope);
    this.name = nameOf(this.folder);
    this.onLost = onLost;
  }

  /** Creates the folder and takes its lock. */
  async start(): Promise<void> {
    try {
      await makeFolder(this.folder, FOLDER_MODE);
      await this.lock();
      this.renewal = setInterval(() => this.renew(), RENEW_MS);
      this.renewal.unref?.();
      // What an interrupted write has left.
      for (const file of await readdir(this.folder)) {
        if (file.endsWith(TEMPORARY)) await rm(join(this.folder, file), { force: true });
      }
    } catch (error) {
      await this.close();
      throw toStoreError(error);
    }
  }

  private path(key: string): string {
    return join(this.folder, key);
  }

  private get lockPath(): string {
    return this.path(LOCK);
  }

  private async lock(): Promise<void> {
    // Other storages of this process must find the token as soon as they can read the lock.
    tokens.add(this.token);
    try {
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        if (await this.createLock()) return;
        await this.removeStaleLock();
      }
      throw savingError("STORE_LOCKED");
    } catch (error) {
      tokens.delete(this.token);
      throw error;
    }
  }

  /** Creates the lock file. Resolves to `false` if there is one. */
  private async createLock(): Promise<boolean> {
    const lock: Lock = { token: this.token, pid: process.pid, host: hostname() };
    return createFile(this.lockPath, JSON.stringify(lock));
  }

  /** Removes the lock of a process that has ended. Throws `STORE_LOCKED` if it is still in use. */
  private async removeStaleLock(): Promise<void> {
    await this.assertStale();
    // Several processes may find the same stale lock. Only one may remove it, or it could be the next one's.
    const takeover = this.path(TAKEOVER);
    if (!(await createFile(takeover, this.token))) {
      const file = await unlessMissing(stat(takeover));
      if (file && Date.now() - file.mtimeMs >= STALE_MS) await rm(takeover, { force: true });
      await new Promise((resolve) => setTimeout(resolve, TAKEOVER_WAIT_MS));
      return;
    }
    try {
      await this.assertStale();
      await rm(this.lockPath, { force: true });
    } finally {
      await rm(takeover, { force: true });
    }
  }

  private async assertStale(): Promise<void> {
    const found = await this.readLock();
    if (!found || !isInUse(found.lock, found.ageMs)) return;
    throw savingError("STORE_LOCKED", found.lock ? `(process ${found.lock.pid} on ${found.lock.host})` : "");
  }

  private async readLock(): Promise<{ lock: Lock | null; ageMs: number } | undefined> {
    const text = await unlessMissing(readFile(this.lockPath, "utf8"));
    const file = await unlessMissing(stat(this.lockPath));
    if (text === undefined || file === undefined) return undefined;
    let lock: Lock | null = null;
    try {
      lock = JSON.parse(text) as Lock;
    } catch {
      // The other process is just writing it, or was interrupted by that.
    }
    return { lock, ageMs: Date.now() - file.mtimeMs };
  }

  /** Renews the lock, so that it does not count as stale. */
  private async renew(): Promise<void> {
    try {
      await this.assertLocked();
      const now = new Date();
      await utimes(this.lockPath, now, now);
    } catch (error) {
      if (codeOf(error) === "STORE_LEADER_CHANGED") this.end(error);
    }
  }

  private end(error: unknown): void {
    if (this.ended !== undefined) return;
    this.ended = error;
    clearInterval(this.renewal);
    tokens.delete(this.token);
    this.onLost(error);
  }

  /** Throws if another process has taken the lock, after this one did not respond for a while. */
  private async assertLocked(): Promise<void> {
    const found = await this.readLock();
    if (found?.lock?.token !== this.token) throw savingError("STORE_LEADER_CHANGED");
  }

  private async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.ended !== undefined) throw this.ended;
    try {
      return await work();
    } catch (error) {
      throw toStoreError(error);
    }
  }

  read(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    return this.run(() => Promise.all(keys.map((key) => unlessMissing(this.readBytes(key)))));
  }

  private async readBytes(key: string): Promise<Uint8Array> {
    const buffer = await readFile(this.path(key));
    // A small buffer is a part of a shared one, whose start may not be aligned.
    return new Uint8Array(buffer);
  }

  write(puts: readonly (readonly [string, Uint8Array])[], removes: readonly string[], epoch?: number): Promise<void> {
    return this.run(async () => {
      await this.assertLocked();
      if (epoch !== undefined && (await readEpoch(this)) !== epoch) throw savingError("STORE_LEADER_CHANGED");
      for (const [key, bytes] of puts) {
        const temporary = this.path(key + TEMPORARY);
        await writeNew(temporary, "w", bytes);
        await rename(temporary, this.path(key));
      }
      for (const key of removes) await rm(this.path(key), { force: true });
      // Names are on the disk once their folder is.
      await this.flushFolder();
    });
  }

  private async flushFolder(): Promise<void> {
    try {
      const folder = await openFile(this.folder, "r");
      await folder.sync().finally(() => folder.close());
    } catch (error) {
      // Windows cannot open folders, and some file systems cannot flush them.
      if (!["EPERM", "EISDIR", "EACCES", "EINVAL", "ENOTSUP"].includes(String(codeOf(error)))) throw error;
    }
  }

  keys(): Promise<string[]> {
    return this.run(async () => {
      const files = await readdir(this.folder);
      return files.filter((file) => ![LOCK, TAKEOVER].includes(file) && !file.endsWith(TEMPORARY));
    });
  }

  async clear(): Promise<void> {
    const keys = await this.keys();
    // Manifests first: an interrupted removal leaves an unusable store, never a part of one.
    const first = keys.filter((key) => key.startsWith("manifest"));
    await this.write([], first);
    await this.write(
      [],
      keys.filter((key) => key !== EPOCH_KEY && !first.includes(key)),
    );
  }

  takeEpoch(): Promise<number> {
    return incrementEpoch(this);
  }

  release(): void {}

  async close(): Promise<void> {
    if (this.ended !== undefined) return;
    const isLocked = await this.assertLocked().then(
      () => true,
      () => false,
    );
    this.ended = storeError("STORE_CLOSED");
    clearInterval(this.renewal);
    tokens.delete(this.token);
    if (isLocked) await rm(this.lockPath, { force: true });
  }

  async destroy(): Promise<void> {
    await this.clear();
    await this.close();
    await this.remove();
  }

  /** Removes the folder. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Whether the process of a lock still uses it. An unreadable lock is being written, unless it is old. */
function isInUse(lock: Lock | null, ageMs: number): boolean {
  if (ageMs >= STALE_MS) return false;
  if (lock === null || lock.host !== hostname()) return true;
  // Another thread of this process, or another copy of this module, has tokens of its own, and renews its lock.
  if (lock.pid === process.pid) return tokens.has(lock.token) || ageMs < process.uptime() * 1000;
  try {
    process.kill(lock.pid, 0);
    return true;
  } catch (error) {
    // Another user's process exists as well.
    return codeOf(error) === "EPERM";
  }
}

/** Opens a file by some flags and writes it. If that fails, as on a full disk, no part of it stays. */
async function writeNew(path: string, flags: string, bytes: Uint8Array): Promise<void> {
  const file = await openFile(path, flags);
  try {
    await writeAndClose(file, bytes);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function writeAndClose(file: FileHandle, bytes: Uint8Array): Promise<void> {
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Creates a file with a text. Resolves to `false` if it exists. */
async function createFile(path: string, text: string): Promise<boolean> {
  try {
    await writeNew(path, "wx", new TextEncoder().encode(text));
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}
