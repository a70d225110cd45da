// The manifest of a saved store: which byte arrays it consists of, with their checksums.

import { checksum } from "./checksum.js";

/** A saved byte array. */
export interface SavedPart {
  readonly key: string;
  readonly length: number;
  readonly checksum: number;
}

/** Whether two lists have the same parts. */
export const isSame = (one: readonly SavedPart[], other: readonly SavedPart[]): boolean =>
  one.length === other.length &&
  one.every(({ key, checksum }, at) => other[at]?.key === key && other[at].checksum === checksum);

/** The manifest of one save. */
export interface Manifest {
  /** The scope of the store, which a storage of another user has not. */
  readonly scope: string;
  /** The format of chunks and log entries. */
  readonly format: number;
  /** The number of the save, from 1. */
  readonly generation: number;
  /** The generation in which the chunks were last written. */
  readonly base: number;
  /** The number of cases. */
  readonly count: number;
  /** The chunks by their index, as they were in generation `base`. */
  readonly chunks: readonly SavedPart[];
  /** The log entries since then, in their order. */
  readonly log: readonly SavedPart[];
  /** The cursor of the follower, which covers no more than the chunks and entries. */
  readonly cursor: SavedPart | null;
}

/**
 * The mark in the place of a manifest whose save was removed before its successor could be written: there was no space for both,
 * and cases that were dropped had to leave the storage.
 */
export interface Rewrite {
  /** The scope of the store. */
  readonly scope: string;
  /** The generation of the save that was removed. */
  readonly generation: number;
  /** The conditions of the cases that were dropped, which other tabs may still hold. */
  readonly drops: readonly string[];
}

/** The result of reading a manifest. */
export type ReadManifest =
  | { readonly type: "none" | "damaged" | "newer" }
  | { readonly type: "rewrite"; readonly rewrite: Rewrite }
  | { readonly type: "manifest"; readonly manifest: Manifest };

/**
 * The version of the manifest's own layout. Increment it with each change that an earlier build cannot read, and add a
 * migration.
 */
const LAYOUT = 1;

/** The migrations of manifests: the function at index `n` converts layout `n + 1` into layout `n + 2`. */
const MIGRATIONS: readonly ((manifest: Record<string, unknown>) => Record<string, unknown>)[] = [];

/** "CSCS" in little endian. */
const MAGIC = 0x53435343;
const HEADER_BYTES = 16;

/**
 * The two keys of manifests. Generations use them in turn, so that a manifest that was interrupted in mid-write leaves the
 * earlier one.
 */
export const MANIFEST_KEYS = ["manifest.0", "manifest.1"] as const;

/** The key of the manifest of a generation. */
export const manifestKey = (generation: number): string => MANIFEST_KEYS[generation % 2 === 0 ? 0 : 1];

/** Returns a manifest, or a mark, as bytes: magic, layout, length and checksum of its JSON text, and that text. */
export function writeManifest(manifest: Manifest | Rewrite, layout: number = LAYOUT): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(manifest));
  const bytes = new Uint8Array(HEADER_BYTES + text.length);
  bytes.set(text, HEADER_BYTES);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, MAGIC, true);
  header.setUint32(4, layout, true);
  header.setUint32(8, text.length, true);
  // The layout is part of the checksum: a changed one is damage, not a newer version.
  header.setUint32(12, (checksum(text) ^ Math.imul(layout, 0x9e3779b1)) >>> 0, true);
  return bytes;
}

/** Reads a manifest of this layout or of an earlier one. */
export function readManifest(bytes: Uint8Array | undefined): ReadManifest {
  if (!bytes) return { type: "none" };
  if (bytes.length < HEADER_BYTES) return { type: "damaged" };
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const layout = header.getUint32(4, true);
  const text = bytes.slice(HEADER_BYTES);
  const sum = (checksum(text) ^ Math.imul(layout, 0x9e3779b1)) >>> 0;
  const isWhole = header.getUint32(8, true) === text.length && header.getUint32(12, true) === sum;
  if (header.getUint32(0, true) !== MAGIC || !isWhole || layout === 0) return { type: "damaged" };
  if (layout > LAYOUT) return { type: "newer" };
  try {
    let found = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text)) as Record<string, unknown>;
    for (const migrate of MIGRATIONS.slice(layout - 1)) found = migrate(found);
    if (isRewrite(found)) return { type: "rewrite", rewrite: found };
    return isManifest(found) ? { type: "manifest", manifest: found } : { type: "damaged" };
  } catch {
    return { type: "damaged" };
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function isPart(value: unknown): value is SavedPart {
  const { key, length, checksum: sum } = Object(value) as Partial<SavedPart>;
  return typeof key === "string" && isCount(length) && isCount(sum);
}

function isManifest(value: unknown): value is Manifest & Record<string, unknown> {
  const { scope, format, generation, base, count, chunks, log, cursor } = Object(value) as Partial<Manifest>;
  return (
    typeof scope === "string" &&
    [format, generation, base, count].every(isCount) &&
    [chunks, log].every((parts) => Array.isArray(parts) && parts.every(isPart)) &&
    (cursor === null || isPart(cursor))
  );
}

function isRewrite(value: unknown): value is Rewrite & Record<string, unknown> {
  const { scope, generation, drops } = Object(value) as Partial<Rewrite>;
  const hasDrops = Array.isArray(drops) && drops.every((condition) => typeof condition === "string");
  return typeof scope === "string" && isCount(generation) && hasDrops;
}

/** The saved part of some bytes. */
export const partOf = (key: string, bytes: Uint8Array): SavedPart => ({
  key,
  length: bytes.length,
  checksum: checksum(bytes),
});

/** Whether bytes are those of a saved part. */
export const isPartOf = (bytes: Uint8Array | undefined, part: SavedPart): bytes is Uint8Array =>
  bytes?.length === part.length && checksum(bytes) === part.checksum;

/** The keys of all parts of a manifest. */
export const keysOf = ({ chunks, log, cursor }: Manifest): string[] =>
  [...chunks, ...log, ...(cursor ? [cursor] : [])].map(({ key }) => key);
