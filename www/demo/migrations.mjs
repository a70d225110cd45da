// The migrations of the copy of a package, for the demo and for tests.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Reads the migrations of a package, a statement each, in order. */
export function readMigrations(folder) {
  return readdirSync(join(folder, "migrations"))
    .sort()
    .flatMap((name) =>
      readFileSync(join(folder, "migrations", name), "utf8")
        .replace(/^--.*$/gm, "")
        .split(";"),
    )
    .map((text) => text.trim().replace(/\s+/g, " "))
    .filter(Boolean);
}
