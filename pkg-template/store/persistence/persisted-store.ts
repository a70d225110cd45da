// Saving and restoring of a store in a storage.
//
// A saved store is a manifest, chunks, log entries and the follower's cursor, each a byte array under a key of its own. A save
// never overwrites an array that the last manifest refers to: it writes new arrays, then the manifest, and removes obsolete
// arrays last. A storage that is interrupted between any two writes therefore contains the state before the save or after it.
// The manifest has checksums of everything; an array that does not match is never used.

import type { CaseApiError } from "../../client/errors.js";
import { isTextKey, TextKeys, textOf } from "./attached-texts.js";
import { isStoreError, storeError } from "../errors.js";
import { toStoreError } from "../saving-errors.js";
import {
  isPartOf,
  isSame,
  keysOf,
  type Manifest,
  MANIFEST_KEYS,
  manifestKey,
  partOf,
  readManifest,
  type Rewrite,
  type SavedPart,
  writeManifest,
} from "./manifest.js";
import type { RestoreOutcome } from "./persistence-state.js";
import type { SnapshotPart, SnapshotSource } from "./snapshot-source.js";
import { EPOCH_KEY, erasedElsewhere, type OpenStorage } from "./storage.js";

/** The number of log entries at which the chunks are written anew. */
const MAX_ENTRIES = 64;
/** The length of the log in bytes up to which the chunks are not written anew. */
const MIN_LOG_BYTES = 256 * 1024;
/** The number of arrays that are read at once: few enough to keep memory low, enough to hide the latency of a read. */
const READ_AHEAD = 8;

/** Whether an error says that there is no space left. */
const isQuotaError = (thrown: unknown): boolean => toStoreError(thrown).code === "STORE_QUOTA_EXCEEDED";

const sum = (parts: readonly SavedPart[]): number => parts.reduce((total, { length }) => total + length, 0);

/** Whether the log is long enough to write the chunks anew. */
const isLogFull = ({ chunks, log }: Manifest): boolean =>
  log.length >= MAX_ENTRIES || sum(log) > Math.max(MIN_LOG_BYTES, sum(chunks) / 4);

/** The position in the storage that the content of the source corresponds to. */
interface Position {
  readonly manifest: Manifest;
  /** The version of the source whose changes are saved. */
  version: number;
  /** The version of the source in which the chunks were written; `null` if unknown. */
  readonly chunkVersion: number | null;
}

type Put = readonly [key: string, bytes: Uint8Array];

/** The cursor and the parts that a manifest refers to. */
interface Content {
  readonly cursor: string | null;
  readonly parts: AsyncIterable<SnapshotPart>;
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* items;
}

/** A store in a storage. Its operations run one after the other. */
export class PersistedStore {
  /** The outcome of `open`, or of what happened since. */
  outcome: RestoreOutcome = "memory";
  /** The error that ended persistence, or by which saved cases were not used; `null` without one. */
  error: CaseApiError | null = null;

  private readonly storage: OpenStorage;
  private readonly source: SnapshotSource;
  private readonly scope: string;
  private position: Position | null = null;
  /** The follower's cursor of the last save or read. */
  private savedCursor: string | null = null;
  /** The cursor of the content that is not saved yet; `undefined` if none was given. */
  private nextCursor: string | null | undefined;
  /** Keys that no manifest refers to; the next save removes them. */
  private obsolete: string[] = [];
  /** The highest generation that was seen in the storage. */
  private lastGeneration = 0;
  /** Distinguishes the keys of this tab from those of one that writes at the same time without being allowed to. */
  private readonly tag = Math.floor(Math.random() * 36 ** 4).toString(36);
  /**
   * Whether another tab's last save, or what was saved before, could not be read or joined. What the position refers to may be
   * gone, so this tab's next save writes everything.
   */
  private isOutdated = false;
  /** The mark of the save that the leader has removed without another one in its place; `undefined` if there is none. */
  private removed: Rewrite | undefined;
  private isEnded = false;
  private queue: Promise<unknown> = Promise.resolve();
  /** The keys of the texts that are saved with the content. */
  private readonly texts = new TextKeys();
  /** Whether another tab has saved since the keys of texts were read. */
  private hasOldTextKeys = false;

  constructor(storage: OpenStorage, source: SnapshotSource, scope: string) {
    this.storage = storage;
    this.source = source;
    this.scope = scope;
  }

  /** The generation of the last save or read; 0 before one. */
  get generation(): number {
    return this.position?.manifest.generation ?? 0;
  }

  /** The follower's cursor of the content. */
  get cursor(): string | null {
    return this.nextCursor === undefined ? this.savedCursor : this.nextCursor;
  }

  /** Sets the cursor of the content, for the next save: also one that waits for its turn already. */
  set cursor(cursor: string | null) {
    this.nextCursor = cursor;
  }

  /** Whether saves still reach the storage. */
  get isSaving(): boolean {
    return !this.isEnded;
  }

  /** Whether there is anything that is not saved. */
  get hasUnsaved(): boolean {
    const { source, position } = this;
    if (this.removed) return true;
    return source.version !== (position?.version ?? 0) || (source.attached?.unsaved.size ?? 0) > 0;
  }

  /** Runs an operation after the earlier ones. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work);
    this.queue = result.catch(() => {});
    return result;
  }

  /** Ends persistence with an error. The store continues in memory. */
  private end(outcome: RestoreOutcome, error: CaseApiError): void {
    this.isEnded = true;
    this.outcome = outcome;
    this.error = error;
  }

  /**
   * Restores the source from the storage. Changes that were applied to it before stay, and are in the next save. Rejects only if
   * the storage cannot be read.
   */
  open(): Promise<RestoreOutcome> {
    return this.inTurn(async () => {
      let found = await this.readManifests();
      for (let before: number | undefined; !found.isNewer && before !== this.lastGeneration; ) {
        for (const manifest of found.manifests) {
          if (this.isOutdated) break;
          if (await this.restoreFrom(manifest, 0)) {
            this.outcome = "restored";
            await this.findObsolete(manifest);
            return this.outcome;
          }
        }
        // Another tab may have saved, and removed what these manifests refer to.
        before = this.lastGeneration;
        if (found.manifests.length > 0 && !this.isOutdated) found = await this.readManifests();
      }
      if (found.isNewer) {
        this.end("newer", storeError("STORE_NEWER_VERSION"));
        return this.outcome;
      }
      if (found.manifests.length > 0 || found.isDamaged) {
        this.outcome = "damaged";
        if (!this.isOutdated) this.error = storeError("STORE_DAMAGED");
        // The damaged manifests are erased with everything else.
        this.obsolete = (await this.storage.keys()).filter((key) => key !== EPOCH_KEY);
      } else {
        const mark = this.storage.readMark?.() ?? null;
        this.outcome = mark && mark.count > 0 ? "lost" : "empty";
        await this.findObsolete(null);
      }
      return this.outcome;
    });
  }

  /** Reads both manifests: those that can be used, the newest first. `rewrite` is the mark of a save that was removed. */
  private async readManifests(): Promise<{
    manifests: Manifest[];
    rewrite: Rewrite | undefined;
    isDamaged: boolean;
    isNewer: boolean;
  }> {
    const found = (await this.storage.read(MANIFEST_KEYS)).map(readManifest);
    const manifests = found.flatMap((one) => (one.type === "manifest" ? [one.manifest] : []));
    const rewrites = found.flatMap((one) => (one.type === "rewrite" ? [one.rewrite] : []));
    // A storage of another scope is another user's. Only a mistake of an adapter leads here.
    const isOurs = ({ scope }: Manifest | Rewrite) => scope === this.scope;
    const ours = manifests.filter(isOurs);
    const rewrite = rewrites.find(isOurs);
    const all = [...manifests, ...rewrites];
    this.lastGeneration = Math.max(this.lastGeneration, ...all.map(({ generation }) => generation));
    return {
      manifests: ours
        // What the others refer to was removed.
        .filter(({ generation }) => generation > (rewrite?.generation ?? -1))
        .sort((one, other) => other.generation - one.generation),
      rewrite,
      isDamaged: found.some(({ type }) => type === "damaged") || !all.every(isOurs),
      isNewer: found.some(({ type }) => type === "newer") || ours.some(({ format }) => format > this.source.format),
    };
  }

  /** Notes the keys that a manifest does not refer to: an interrupted save has left them. */
  private async findObsolete(manifest: Manifest | null): Promise<void> {
    const used = new Set([EPOCH_KEY, ...MANIFEST_KEYS, ...(manifest ? keysOf(manifest) : [])]);
    const keys = await this.storage.keys();
    const texts = this.texts.read(keys, manifest?.generation ?? 0);
    this.obsolete = [...keys.filter((key) => !used.has(key) && !isTextKey(key)), ...texts];
  }

  /**
   * Restores the source from a manifest. What was applied to it after version `since` stays. Resolves to `false`, with the source
   * as it was, if anything is damaged, and with `isOutdated` if more was applied than the history has.
   */
  private async restoreFrom(manifest: Manifest, since: number, read?: Content): Promise<boolean> {
    const { source } = this;
    try {
      const { cursor, parts } = read ?? { cursor: await this.readCursor(manifest), parts: this.partsOf(manifest) };
      const versions = await source.restore(manifest.format, parts, since);
      if (!versions) {
        this.position = null;
        this.isOutdated = true;
        return false;
      }
      // Chunks of an earlier format are all written anew.
      const isCurrent = manifest.format === source.format;
      this.position = { manifest, version: versions.saved, chunkVersion: isCurrent ? versions.chunks : null };
      this.savedCursor = cursor;
      this.nextCursor = undefined;
      return true;
    } catch (error) {
      // A storage that cannot be read is not damaged: its content may be whole.
      if (isStoreError(error, "STORE_UNAVAILABLE")) throw error;
      return false;
    }
  }

  private async readCursor({ cursor }: Manifest): Promise<string | null> {
    if (!cursor) return null;
    const [bytes] = await this.storage.read([cursor.key]);
    if (!isPartOf(bytes, cursor)) throw storeError("STORE_DAMAGED");
    return new TextDecoder().decode(bytes);
  }

  /** Reads the parts of a manifest in order, a few ahead. */
  private async *partsOf({ chunks, log }: Manifest): AsyncGenerator<SnapshotPart, void, undefined> {
    const parts = [...chunks, ...log];
    const reading: Promise<Uint8Array | undefined>[] = [];
    const readNext = () => {
      const part = parts[reading.length];
      if (!part) return;
      const read = this.storage.read([part.key]).then(([bytes]) => bytes);
      // A read that nothing awaits because an earlier one failed must not be an unhandled rejection.
      read.catch(() => {});
      reading.push(read);
    };
    while (reading.length < Math.min(READ_AHEAD, parts.length)) readNext();
    for (const [at, part] of parts.entries()) {
      const bytes = await reading[at];
      readNext();
      if (!isPartOf(bytes, part)) throw storeError("STORE_DAMAGED", `(${part.key})`);
      yield at < chunks.length ? { type: "chunk", index: at, count: chunks.length, bytes } : { type: "entry", bytes };
    }
  }

  /**
   * Saves the changes since the last save, and the cursor if one is given: it must cover nothing that was not applied before
   * this call. Resolves once everything is written. `epoch` is that of the tab that may write.
   *
   * Rejects with `STORE_LEADER_CHANGED` if another tab may write now, and with any other error once: from then on the store
   * works in memory, and saves do nothing.
   */
  save(cursor?: string | null, epoch?: number): Promise<void> {
    if (cursor !== undefined) this.cursor = cursor;
    return this.inTurn(async () => {
      if (this.isEnded) return;
      try {
        await this.saveChanges(this.cursor, epoch).catch((thrown: unknown) => this.saveInItsPlace(thrown, epoch));
        if (this.position && isLogFull(this.position.manifest)) await this.saveChunks(epoch);
      } catch (thrown) {
        const error = toStoreError(thrown);
        if (error.code !== "STORE_LEADER_CHANGED") this.end("memory", error);
        throw error;
      }
    });
  }

  /**
   * Removes what is saved, and saves what there is now, if there was no space to save that cases were dropped: what a user must not
   * see any more must not stay. A mark tells the other tabs that nobody has erased the store, and what was dropped. Throws the error
   * of a save otherwise.
   */
  private async saveInItsPlace(thrown: unknown, epoch: number | undefined): Promise<void> {
    const { position, source, tag, texts } = this;
    const { attached } = source;
    if (!position || !attached?.drops?.length || !isQuotaError(thrown)) throw thrown;
    await this.mark([...keysOf(position.manifest), ...this.obsolete, ...texts.save(attached, 0, tag).removes], epoch);
    this.isOutdated = true;
    await this.saveChunks(epoch);
  }

  /** Removes arrays, and leaves a mark in the place of the manifests that refer to them. */
  private async mark(removes: readonly string[], epoch: number | undefined): Promise<void> {
    const { scope, source, storage, lastGeneration: generation } = this;
    // First, since a storage that is full takes no mark.
    await storage.write([], removes, epoch);
    // The next manifest replaces the mark.
    const key = manifestKey(generation + 1);
    const others = MANIFEST_KEYS.filter((one) => one !== key);
    const bytes = writeManifest({ scope, generation, drops: source.attached?.drops ?? [] });
    await storage.write([[key, bytes]], others, epoch);
    storage.writeMark?.(null);
  }

  /**
   * Removes what is saved, where no save succeeds any more. Rejects with `STORE_LEADER_CHANGED` if another tab may write now: its
   * saves remove what is dropped.
   */
  remove(epoch: number): Promise<void> {
    return this.inTurn(async () => {
      const { storage } = this;
      const { attached } = this.source;
      const kept: readonly string[] = [EPOCH_KEY, ...MANIFEST_KEYS];
      const keys = (await storage.keys()).filter((key) => !kept.includes(key));
      try {
        await this.mark(keys, epoch);
      } catch (thrown) {
        if (!isQuotaError(thrown)) throw thrown;
        // Without space for a mark, the other tabs take it for an erasure.
        await storage.write([], MANIFEST_KEYS, epoch);
        storage.writeMark?.(null);
      }
      // Nothing is left of which they would have to be removed.
      attached?.onSaved(new Map());
    });
  }

  /** Saves the changes as a log entry, or all chunks if there is no log yet, and the cursor. */
  private async saveChanges(cursor: string | null, epoch: number | undefined): Promise<void> {
    const { source, position } = this;
    const { version } = source;
    const isAnew = this.isOutdated || position?.manifest.format !== source.format;
    // A log entry says that cases are gone, and leaves them in the chunks.
    if (isAnew || !position || source.attached?.drops?.length) return this.saveChunks(epoch, cursor);
    const entry = version === position.version ? undefined : source.entry(position.version);
    if (entry === null) return this.saveChunks(epoch, cursor);
    if (!entry && cursor === this.savedCursor && !this.source.attached?.unsaved.size) return;
    const { manifest } = position;
    const generation = this.lastGeneration + 1;
    const puts: Put[] = [];
    const log = entry ? [...manifest.log, this.put(puts, `log-${generation}-${this.tag}`, entry)] : manifest.log;
    const next: Manifest = {
      ...manifest,
      generation,
      count: source.count,
      log,
      cursor: this.putCursor(puts, cursor, generation),
    };
    await this.commit(next, puts, epoch);
    this.position = { ...position, manifest: next, version };
    this.savedCursor = cursor;
  }

  /** Writes the chunks that have changed since they were last written, and begins a new log. */
  private async saveChunks(epoch: number | undefined, cursor: string | null = this.cursor): Promise<void> {
    const { source, position } = this;
    const { version, format, count } = source;
    const generation = this.lastGeneration + 1;
    const since = this.isOutdated ? null : (position?.chunkVersion ?? null);
    const written = since === null ? [] : (position?.manifest.chunks ?? []);
    const puts: Put[] = [];
    const { count: length, changed } = source.chunks(since);
    const chunks: (SavedPart | undefined)[] = Array.from({ length }, (_, index) => written[index]);
    for (const [index, bytes] of changed)
      chunks[index] = this.put(puts, `chunk-${generation}-${index}-${this.tag}`, bytes);
    if (!chunks.every((part) => part !== undefined)) throw new Error("A chunk is neither saved nor changed.");
    const saved = this.putCursor(puts, cursor, generation);
    const base = generation;
    const next: Manifest = { scope: this.scope, format, generation, base, count, chunks, log: [], cursor: saved };
    await this.commit(next, puts, epoch);
    this.position = { manifest: next, version, chunkVersion: version };
    this.savedCursor = cursor;
  }

  private put(puts: Put[], key: string, bytes: Uint8Array): SavedPart {
    puts.push([key, bytes]);
    return partOf(key, bytes);
  }

  /** The saved part of a cursor. A cursor can have hundreds of kilobytes, so an unchanged one is not written again. */
  private putCursor(puts: Put[], cursor: string | null, generation: number): SavedPart | null {
    if (cursor === null) return null;
    const known = this.position?.manifest.cursor;
    if (known && cursor === this.savedCursor && !this.isOutdated) return known;
    return this.put(puts, `cursor-${generation}-${this.tag}`, new TextEncoder().encode(cursor));
  }

  /** Writes arrays and the manifest that refers to them, then removes arrays that it does not refer to. */
  private async commit(next: Manifest, puts: Put[], epoch: number | undefined): Promise<void> {
    const { storage, position } = this;
    const key = manifestKey(next.generation);
    const { attached } = this.source;
    if (this.hasOldTextKeys) this.obsolete.push(...this.texts.read(await storage.keys(), this.lastGeneration));
    this.hasOldTextKeys = false;
    const texts = this.texts.save(attached, next.generation, this.tag);
    const all = [...puts, ...texts.puts];
    const used = new Set([key, ...keysOf(next), ...texts.puts.map(([name]) => name)]);
    const former = position ? keysOf(position.manifest) : [];
    const removes = [...[...this.obsolete, ...former].filter((one) => !used.has(one)), ...texts.removes];
    const manifest = [key, writeManifest(next)] as const;
    if (storage.isAtomic) {
      // The other manifest refers to arrays that are removed.
      const other = MANIFEST_KEYS.filter((one) => one !== key);
      await storage.write([...all, manifest], [...removes, ...other], epoch);
    } else {
      // The texts of an interrupted save go first: once this save has ended, they would look like earlier ones.
      if (this.texts.laterKeys.length > 0) await storage.write([], this.texts.laterKeys, epoch);
      // From here on the arrays are in the storage; a save that fails leaves them to the next one.
      this.obsolete = [...removes, ...all.map(([name]) => name)];
      if (all.length > 0) await storage.write(all, [], epoch);
      await storage.write([manifest], [], epoch);
      await storage.write([], removes, epoch);
    }
    texts.done();
    this.obsolete = [];
    this.isOutdated = false;
    this.removed = undefined;
    this.lastGeneration = next.generation;
    storage.writeMark?.({ count: next.count, generation: next.generation });
  }

  /**
   * Reads what another tab has saved since the last save or read. Changes of this tab that are not saved stay. Resolves to
   * whether there was anything new. Rejects only if the storage cannot be read.
   */
  refresh(): Promise<boolean> {
    return this.inTurn(async () => {
      if (this.isEnded) return false;
      for (let before: Manifest | undefined; ; ) {
        const { manifests, rewrite, isDamaged, isNewer } = await this.readManifests();
        if (isNewer) {
          this.end("newer", storeError("STORE_NEWER_VERSION"));
          return false;
        }
        const [latest] = manifests;
        if (!latest && rewrite) return this.dropAs(rewrite);
        // A tab that slept missed the message. What it holds must not be saved again.
        if (!latest && this.position && !isDamaged) throw erasedElsewhere();
        if (!latest || this.isCurrent(latest)) return false;
        if (await this.readEntries(latest)) return true;
        // The leader may have saved, and removed what that manifest refers to.
        if (before?.generation === latest.generation) return this.readAnew(latest);
        before = latest;
      }
    });
  }

  /**
   * Drops what the leader has dropped, whose save is not there yet: it is being written, or does not fit. Returns whether this tab
   * had any of it. What stays is saved as a whole by the next tab that leads.
   */
  private dropAs(rewrite: Rewrite): boolean {
    const { position, source, removed } = this;
    const { version } = source;
    // Once for each condition: the leader may have dropped more since.
    const known = removed?.generation === rewrite.generation ? removed.drops : undefined;
    const drops = rewrite.drops.filter((condition) => !known?.includes(condition));
    if (known && drops.length === 0) return false;
    this.removed = rewrite;
    this.isOutdated = true;
    for (const condition of drops) source.drop(condition);
    // Not as a change of this tab: the save that follows may have cases of the condition that came afterwards.
    if (position?.version === version) position.version = source.version;
    return source.version !== version;
  }

  /** Whether a manifest is that of this tab's content. A store that was erased and began again has other keys. */
  private isCurrent({ generation, chunks, log }: Manifest): boolean {
    const known = this.position?.manifest;
    return generation === this.generation && (!known || (isSame(chunks, known.chunks) && isSame(log, known.log)));
  }

  /** Reads the log entries since the last read. Resolves to `false` if the chunks were written anew since. */
  private async readEntries(latest: Manifest): Promise<boolean> {
    const { source, position } = this;
    const known = position?.manifest;
    if (!known || latest.base !== known.base || latest.generation < known.generation) return false;
    if (!isSame(known.chunks, latest.chunks) || !isSame(known.log, latest.log.slice(0, known.log.length))) return false;
    const parts = latest.log.slice(known.log.length);
    const entries = await this.storage.read(parts.map(({ key }) => key));
    const isWhole = entries.every((bytes, at) => isPartOf(bytes, parts[at] as SavedPart));
    const cursor = await this.readCursor(latest).catch(() => undefined);
    if (!isWhole || cursor === undefined) return false;
    const onReplaced = source.attached?.onReplaced;
    // Before the entries are applied: nobody sees their cases without knowing that their texts are other ones.
    const keys = onReplaced && (await this.storage.keys());
    const isSaved = source.version === position.version;
    try {
      source.extend(entries as Uint8Array[]);
    } catch {
      return false;
    }
    // Unsaved changes of this tab remain to be saved: with them, its next entry repeats the others' changes.
    this.hasOldTextKeys = true;
    this.position = { ...position, manifest: latest, version: isSaved ? source.version : position.version };
    this.savedCursor = cursor;
    this.nextCursor = undefined;
    if (keys) {
      this.texts.read(keys, latest.generation);
      onReplaced?.(this.texts.replacedIds);
    }
    return true;
  }

  /** Reads everything, and applies the unsaved changes of this tab again. */
  private async readAnew(latest: Manifest): Promise<boolean> {
    const { position, source } = this;
    const parts: SnapshotPart[] = [];
    let cursor: string | null;
    try {
      cursor = await this.readCursor(latest);
      for await (const part of this.partsOf(latest)) parts.push(part);
    } catch (error) {
      if (isStoreError(error, "STORE_UNAVAILABLE")) throw error;
      // Another tab saves just now: the content of this tab stays, and a later message reads again.
      this.isOutdated = true;
      return false;
    }
    if (await this.restoreFrom(latest, position?.version ?? 0, { cursor, parts: each(parts) })) {
      this.isOutdated = false;
      this.removed = undefined;
      await this.findObsolete(latest);
      // Those that were being read meanwhile may be the former ones.
      source.attached?.onReplaced?.(this.texts.replacedIds);
      this.outcome = "restored";
      this.error = null;
    } else {
      this.position = null;
    }
    return true;
  }

  /** Resolves to the saved text of an id; to `undefined` without one, or if it is damaged. */
  async readText(id: string): Promise<string | undefined> {
    const { storage, texts } = this;
    const read = async (key: string | undefined) =>
      key === undefined ? undefined : textOf((await storage.read([key]))[0]);
    const known = await read(texts.of(id));
    if (known !== undefined) return known;
    // Another tab may have saved it since the keys were read.
    const others = new TextKeys();
    others.read(await storage.keys(), Number.POSITIVE_INFINITY);
    return read(others.of(id));
  }

  /** Waits for the operations that have begun. */
  async settled(): Promise<void> {
    await this.queue;
  }
}
