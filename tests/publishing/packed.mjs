// The packed package: its files as in the tarball, and the source of each.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

export const REPOSITORY = new URL("../../", import.meta.url);

/** Returns the URL of a path in the repository. */
export const inRepository = (path) => new URL(path, REPOSITORY);

/** The path of the list of the package's files. */
export const LIST = new URL("files.txt", import.meta.url);

/** The entries of a tarball (POSIX.1-1988, ustar): path, kind ("0" a file, "2" a symbolic link, …), mode and bytes. */
export function entriesOf(tarball) {
  const tar = gunzipSync(tarball);
  const text = (at, length) => tar.toString("utf8", at, at + length).replace(/\0.*$/s, "");
  const entries = [];
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const prefix = text(at + 345, 155);
    entries.push({
      path: (prefix && `${prefix}/`) + text(at, 100),
      kind: text(at + 156, 1),
      mode: Number.parseInt(text(at + 100, 8), 8),
      bytes: tar.subarray(at + 512, at + 512 + size),
    });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return entries;
}

export const entries = entriesOf(readFileSync(process.env.TARBALL));

/** The files by their paths in the package. */
export const files = new Map(entries.map(({ path, bytes }) => [path.replace(/^package\//, ""), bytes]));

export const textOf = (path) => {
  if (!files.has(path)) throw new Error(`the package has no ${path}`);
  return files.get(path).toString("utf8");
};

export const manifest = JSON.parse(textOf("package.json"));

/**
 * Every entry of `exports`, with the targets of its conditions. For example `["./sandbox", [["types",
 * "./sandbox/index.d.ts"], …]]`.
 */
export const exported = Object.entries(manifest.exports).map(([entry, target]) => [
  entry,
  typeof target === "string" ? [["default", target]] : Object.entries(target),
]);

/** Returns the files that a target matches; it may contain a star. */
export function filesAt(target) {
  const [before, after] = target.replace(/^\.\//, "").split("*");
  if (after === undefined) return files.has(before) ? [before] : [];
  return [...files.keys()].filter((path) => path.startsWith(before) && path.endsWith(after));
}
