// Accepts the files in pkg/, as built by `cargo xtask build`, as the published ones: writes files.txt.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const list = new URL("files.txt", import.meta.url);
const pkg = fileURLToPath(new URL("../../pkg/", import.meta.url));
const npm = process.platform === "win32" ? "npm.cmd" : "npm";
const [{ files }] = JSON.parse(execFileSync(npm, ["pack", "--dry-run", "--json"], { cwd: pkg, encoding: "utf8" }));
writeFileSync(
  list,
  files
    .map(({ path }) => `${path}\n`)
    .sort()
    .join(""),
);
console.log(`${files.length} files in ${fileURLToPath(list)}: git diff shows what is new`);
