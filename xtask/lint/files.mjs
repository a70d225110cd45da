// The files of the repository that the checks of this folder read.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Texts of the files in some folders, by path, without those that git ignores.
 *
 * @param {string[]} folders
 * @param {RegExp} name pattern of the paths
 */
export function readFiles(folders, name) {
  const list = ["ls-files", "--cached", "--others", "--exclude-standard", "--", ...folders];
  const files = new Map();
  for (const file of execFileSync("git", list, { encoding: "utf8" }).split("\n")) {
    if (!name.test(file)) continue;
    try {
      files.set(file, readFileSync(file, "utf8"));
    } catch (error) {
      // Deleted and not yet committed.
      if (error.code !== "ENOENT") throw error;
    }
  }
  return files;
}
