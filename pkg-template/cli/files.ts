// Files that are never half written: written beside their place, flushed to the disk, and renamed.

import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import {
  access,
  constants,
  type FileHandle,
  lstat,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  utimes,
} from "node:fs/promises";
import { hostname, uptime } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { CommandError } from "./exit-codes.js";

/** The mode of written files: cases are nobody else's business. */
const MODE = 0o600;

/** Waits before a rename is tried again, in milliseconds: on Windows a virus scanner may hold a new file for a while. */
const RENAME_WAITS_MS = [10, 50, 250, 1000, 2000];

/** The age at which a lock without a number is abandoned. */
const ABANDONED_MS = 10_000;

/** The interval at which the holder of a lock renews its date, in milliseconds. */
const RENEWAL_MS = 10_000;

/** The age at which a lock is abandoned whose process cannot be looked for: that of another machine or container. */
const NOT_RENEWED_MS = 120_000;

/** The links that are followed from a name to a file, as Linux does. */
const MAX_LINKS = 40;

/** The wait for another process that removes an abandoned lock, in milliseconds, and the attempts to take one. */
const GUARD_WAIT_MS = 20;
const MAX_ATTEMPTS = 10;

const BUSY = ["EPERM", "EBUSY", "EACCES"];

/** The folders whose entries are no files, such as `/dev/stdout`. */
const DEVICE_FOLDERS = /^\/(dev(?!\/shm\/)|proc|sys)(\/|$)/;

/**
 * Throws if a file cannot be put in a place: where its folder does not exist or cannot be written, and where a folder, a device or
 * a pipe is, which a rename would replace. It is called before anything is read for the file.
 */
export async function checkReplaceable(path: string, option: string): Promise<void> {
  const fail = (found: string) =>
    new CommandError(`${option}: expected the name of a file, got "${path}": ${found}`, 1);
  if (path === "-") throw fail("it is written to a file only");
  const place = await placeOf(path);
  const folder = dirname(place);
  // The standard output may be redirected to a file, which its link leads to: that is the shell's.
  if ([resolve(path), place].some((one) => DEVICE_FOLDERS.test(one))) throw fail("devices are no files");
  const found = await lstat(place).catch(() => undefined);
  if (found?.isDirectory() || /[\\/]$/.test(path)) throw fail("it is a folder");
  if (found && !found.isFile()) throw fail("it is no file");
  const outer = await stat(folder).catch(() => undefined);
  if (!outer?.isDirectory()) throw fail(`${folder} ${outer ? "is no folder" : "does not exist"}`);
  await access(folder, constants.W_OK).catch(() => {
    throw fail(`${folder} cannot be written`);
  });
}

/** Returns the absolute path of the file that a name leads to: a rename would replace a symbolic link itself. */
async function placeOf(path: string): Promise<string> {
  let place = resolve(path);
  for (let links = 0; links < MAX_LINKS; links += 1) {
    const target = await readlink(place).catch(() => undefined);
    if (target === undefined) break;
    // A relative target begins at the folder itself, which a link of its own may have led to.
    place = resolve(await realpath(dirname(place)).catch(() => dirname(place)), target);
  }
  return place;
}

/** A new file in the place of another, which it replaces as a whole. */
export class ReplacementFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;

  private constructor(path: string, temporary: string, handle: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#handle = handle;
  }

  static async create(path: string): Promise<ReplacementFile> {
    const place = await placeOf(path);
    const temporary = join(dirname(place), `.${basename(place)}.${process.pid}-${randomBytes(6).toString("hex")}.tmp`);
    return new ReplacementFile(place, temporary, await open(temporary, "wx", MODE));
  }

  async write(chunk: string | Uint8Array): Promise<void> {
    await writeAll(this.#handle, chunk);
  }

  /** Puts the file in its place. */
  async commit(): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
    await renameFile(this.#temporary, this.#path);
    await syncFolder(dirname(this.#path));
  }

  /** Removes the file. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    await rm(this.#temporary, { force: true });
  }
}

/** Replaces a file by a text. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const file = await ReplacementFile.create(path);
  try {
    await file.write(text);
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** Writes a whole chunk, and returns its length. Without a position it is written at the current one. */
export async function writeAll(handle: FileHandle, chunk: string | Uint8Array, position?: number): Promise<number> {
  const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
  for (let at = 0; at < bytes.length; ) {
    const to = position === undefined ? null : position + at;
    at += (await handle.write(bytes, at, bytes.length - at, to)).bytesWritten;
  }
  return bytes.length;
}

/** The lines of a text file. Only a line feed ends one: readline also ends lines at U+2028 and U+2029, which JSON may contain. */
export async function* linesOf(path: string): AsyncGenerator<string, void, void> {
  let rest = "";
  for await (const chunk of createReadStream(path, { encoding: "utf8" })) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

async function renameFile(from: string, to: string): Promise<void> {
  for (const waitMs of [...RENAME_WAITS_MS, 0]) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (waitMs === 0 || !BUSY.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

/** Flushes a folder, so that a rename survives a loss of power. Not every system can. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows has no handle of a folder.
  }
}

/** Removes the temporary files of runs that have ended without removing them. */
export async function removeLeftovers(path: string): Promise<void> {
  const place = await placeOf(path);
  const pattern = new RegExp(`^\\.${escapePattern(basename(place))}\\.(\\d+)-[0-9a-f]{12}\\.tmp$`);
  for (const name of await readdir(dirname(place))) {
    const [, pid] = pattern.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(dirname(place), name), { force: true });
  }
}

const escapePattern = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The process that holds a lock. */
interface LockHolder {
  /** Its number; 0 if the file has none. */
  readonly pid: number;
  readonly host: string;
}

/**
 * Takes a lock file for this process, which renews its date until it is released. Returns a function that releases it. A lock of
 * a process that has ended is taken over.
 */
export async function lockFile(path: string, what: string, renewalMs = RENEWAL_MS): Promise<() => Promise<void>> {
  const own = `${process.pid} ${hostname()} ${randomBytes(6).toString("hex")}\n`;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const handle = await open(path, "wx", MODE);
      await writeAll(handle, own);
      await handle.close();
      return holdLock(path, own, renewalMs);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = await readHolder(path);
    // Its run has ended just now: it is free, and whoever takes it next must keep it.
    if (holder.pid === 0 && attempt < MAX_ATTEMPTS && (await ageOf(path)) === undefined) continue;
    if (!(await isAbandonedBy(path, holder)) || attempt >= MAX_ATTEMPTS) {
      const { pid, host } = holder;
      const where = host === hostname() ? "" : ` on ${host}`;
      throw new CommandError(
        `${what} is in use by another run (process ${pid || "unknown"}${where}; lock file ${path})`,
        1,
      );
    }
    await removeAbandoned(path);
  }
}

/** Renews a lock that was taken. Returns a function that releases it. */
function holdLock(path: string, own: string, renewalMs: number): () => Promise<void> {
  const isOwn = async () => (await readFile(path, "utf8").catch(() => "")) === own;
  const timer = setInterval(async () => {
    const now = new Date();
    if (await isOwn()) await utimes(path, now, now).catch(() => {});
  }, renewalMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    // Another run may have taken it over while this one was stopped.
    if (await isOwn()) await rm(path, { force: true });
  };
}

/** Removes a lock file if it is still abandoned: while another process does the same, it must not remove the new lock of that one. */
async function removeAbandoned(path: string): Promise<void> {
  const guard = `${path}.guard`;
  try {
    await (await open(guard, "wx", MODE)).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    // Its process was killed just then.
    if (((await ageOf(guard)) ?? 0) > ABANDONED_MS) await rm(guard, { force: true });
    await new Promise((resolve) => setTimeout(resolve, GUARD_WAIT_MS));
    return;
  }
  try {
    if (await isAbandonedBy(path, await readHolder(path))) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

/** Returns the process in a lock file. */
async function readHolder(path: string): Promise<LockHolder> {
  const [pid, host] = (await readFile(path, "utf8").catch(() => "")).trim().split(" ");
  return { pid: Number(pid) || 0, host: host || hostname() };
}

/**
 * Whether the process of a lock file has ended. A lock without a number is being written, or its process was killed just then.
 * In containers the processes of different runs have the same number, and those of others cannot be seen: their locks are
 * abandoned when they are not renewed any more.
 */
async function isAbandonedBy(path: string, { pid, host }: LockHolder): Promise<boolean> {
  const age = await ageOf(path);
  if (age === undefined) return false;
  if (pid === 0) return age > ABANDONED_MS;
  if (pid === process.pid || host !== hostname()) return age > NOT_RENEWED_MS;
  // Since this machine has started, its number may have been given to another process.
  return !isRunning(pid) || age > uptime() * 1000 + NOT_RENEWED_MS;
}

/** The time since a file was written, in milliseconds; `undefined` if there is none. */
async function ageOf(path: string): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch {
    return undefined;
  }
}
