// Texts that are saved together with the content of a store, each under a key of its own: the details of cases.
//
// A key contains the generation of its save. A save writes new texts under new keys before its manifest, and removes the former
// ones after it. At opening, keys of a later generation than the manifest's are those of a save that was interrupted.

import { checksum } from "./checksum.js";

/** The texts of a store, as its persistence sees them. */
export interface AttachedTexts {
  /** The texts that are not saved yet, by id. */
  readonly unsaved: ReadonlyMap<string, string>;
  /** Whether ids were removed since the last save. */
  readonly hasRemovals: boolean;
  /**
   * The conditions of the cases that were removed since then because they may not be seen any more: nothing of them must stay in the
   * storage. Each is a text for {@link SnapshotSource.drop}.
   */
  readonly drops?: readonly string[];
  /** Called after texts were saved. */
  onSaved(saved: ReadonlyMap<string, string>): void;
  /** Called with the ids whose saved texts another tab has replaced. Without it, they are not looked for. */
  readonly onReplaced?: ((ids: readonly string[]) => void) | undefined;
  /** Whether there is still a text of an id. Others are erased. */
  has(id: string): boolean;
}

/** An array to write: its key and its bytes. */
type Put = readonly [key: string, bytes: Uint8Array];

const PREFIX = "text-";

/** Whether a key is that of a text. */
export const isTextKey = (key: string): boolean => key.startsWith(PREFIX);

/** An id as a part of a key: lower-case letters and digits as they are, anything else as hexadecimal UTF-8. */
function idPart(id: string): string {
  if (/^[0-9a-z]+$/.test(id)) return id;
  return `.${Array.from(new TextEncoder().encode(id), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** The text as bytes: its checksum and its UTF-8. */
function bytesOf(text: string): Uint8Array {
  const content = new TextEncoder().encode(text);
  const bytes = new Uint8Array(4 + content.length);
  bytes.set(content, 4);
  new DataView(bytes.buffer).setUint32(0, checksum(content), true);
  return bytes;
}

/** The text of bytes; `undefined` if they are damaged. */
export function textOf(bytes: Uint8Array | undefined): string | undefined {
  if (!bytes || bytes.length < 4) return undefined;
  const content = bytes.slice(4);
  if (new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true) !== checksum(content)) return undefined;
  return new TextDecoder().decode(content);
}

/** The keys of the saved texts of a store. */
export class TextKeys {
  /** The key of the newest text of each id, by the part of the id. */
  private keys = new Map<string, string>();
  /** The ids whose known texts were replaced by those of the last read. */
  replacedIds: readonly string[] = [];
  /** The keys of a later generation than that of the last read: their save was interrupted, or has not ended. */
  laterKeys: readonly string[] = [];
  /** The former keys of texts that were replaced by a later save than that of the last read. */
  private outdated = new Map<string, string>();
  /** Whether keys of ids that were removed may be among them. */
  private isUnswept = false;

  /** Returns the key of an id. */
  of(id: string): string | undefined {
    return this.keys.get(idPart(id));
  }

  /** Reads the keys of a storage as of a generation. Returns those that are not the newest of their id. */
  read(keys: readonly string[], generation: number): string[] {
    const newest = new Map<string, readonly [generation: number, key: string]>();
    const former = new Map([...this.outdated, ...this.keys]);
    this.outdated = new Map();
    const later: string[] = [];
    for (const key of keys.filter(isTextKey)) {
      const [, number, , id] = key.split("-") as [string, string, string, string?];
      const saved = Number(number);
      if (id === undefined) continue;
      const known = former.get(id);
      if (saved > generation) {
        later.push(key);
        if (known !== undefined) this.outdated.set(id, known);
      } else if (saved >= (newest.get(id)?.[0] ?? 0)) newest.set(id, [saved, key]);
    }
    this.laterKeys = later;
    this.isUnswept = true;
    this.keys = new Map([...newest].map(([id, [, key]]) => [id, key]));
    this.replacedIds = [...this.keys].flatMap(([part, key]) => ((former.get(part) ?? key) === key ? [] : [idOf(part)]));
    const used = new Set(this.keys.values());
    return keys.filter((key) => isTextKey(key) && !used.has(key));
  }

  /** Returns what a save of a generation writes and removes, and a function to call when that is done. */
  save(
    texts: AttachedTexts | undefined,
    generation: number,
    tag: string,
  ): { puts: Put[]; removes: string[]; done(): void } {
    if (!texts) return { puts: [], removes: [], done() {} };
    const { unsaved, hasRemovals } = texts;
    const next = new Map(this.keys);
    const puts = [...unsaved].map(([id, text]): Put => {
      const key = `${PREFIX}${generation}-${tag}-${idPart(id)}`;
      next.set(idPart(id), key);
      return [key, bytesOf(text)];
    });
    if (hasRemovals || this.isUnswept) for (const part of next.keys()) if (!texts.has(idOf(part))) next.delete(part);
    const used = new Set(next.values());
    const removes = [...this.keys.values()].filter((key) => !used.has(key));
    return {
      puts: puts.filter(([key]) => used.has(key)),
      removes,
      done: () => {
        this.keys = next;
        this.laterKeys = [];
        this.isUnswept = false;
        texts.onSaved(unsaved);
      },
    };
  }
}

/** The id of a part of a key. */
function idOf(part: string): string {
  if (!part.startsWith(".")) return part;
  return new TextDecoder().decode(Uint8Array.from(part.slice(1).match(/../g) ?? [], (hex) => Number.parseInt(hex, 16)));
}
