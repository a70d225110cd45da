// The files of the tarball: their list, their modes, forbidden contents, and no unused file.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { faultsOf } from "./forbidden.mjs";
import { imports } from "./imports.mjs";
import { entries, entriesOf, exported, files, filesAt, LIST, manifest, REPOSITORY, textOf } from "./packed.mjs";

/** The files for readers, and for tools that read about the package. */
const TO_READ = [
  "package.json",
  "README.md",
  "CHANGELOG.md",
  "LICENSE-APACHE",
  "LICENSE-MIT",
  "THIRD-PARTY.md",
  "sbom.cdx.json",
];

const HOW_TO_ACCEPT =
  "If that is meant: `cargo xtask build && node tests/publishing/accept.mjs`, and commit tests/publishing/files.txt.";

test("the files are those of the list", () => {
  const listed = readFileSync(LIST, "utf8").split("\n").filter(Boolean);
  const more = [...files.keys()].filter((path) => !listed.includes(path)).map((path) => `+ ${path}`);
  const less = listed.filter((path) => !files.has(path)).map((path) => `- ${path}`);
  assert.equal(
    [...less, ...more].join("\n"),
    "",
    `tests/publishing/files.txt and the package differ. ${HOW_TO_ACCEPT}`,
  );
});

test("all entries are plain files below package/, and only the command is executable", () => {
  const commands = Object.values(manifest.bin).map((path) => join("package", path));
  for (const { path, kind, mode } of entries) {
    assert.ok(path.startsWith("package/") && !path.includes(".."), path);
    assert.equal(kind, "0", `${path} is no plain file`);
    assert.equal(mode.toString(8), commands.includes(path) ? "755" : "644", path);
  }
  for (const path of commands) assert.match(textOf(path.replace("package/", "")), /^#!\/usr\/bin\/env node\n/);
});

test("no file contains paths of the machine, test data or secrets", () => assert.deepEqual(faultsOf(files), []));

test("forbidden texts are found", () => {
  const module = Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]);
  const section = (name, content) => {
    const body = Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from(content)]);
    return Buffer.concat([module, Buffer.from([0, body.length]), body]);
  };
  const bad = {
    "a.js": "//# sourceMappingURL=a.js.map",
    "a.js.map": "{}",
    "src/lib.rs": "",
    "tests/cases.json": "{}",
    "node_modules/a/index.js": "",
    ".env": "",
    "b.js": 'const at = "/home/somebody/project";',
    "c.js": "-----BEGIN PRIVATE KEY-----",
    "d.js": `const options = { clientSecret: "${"s3cr3t".repeat(3)}" };`,
    "e.wasm": section("x", "\0/builds/project/src/lib.rs"),
    "f.wasm": section("producers", ""),
    "g.json": '{ "resolved": "https://packages.example/a-1.0.0.tgz" }',
  };
  for (const [path, content] of Object.entries(bad)) {
    assert.notDeepEqual(faultsOf(new Map([[path, Buffer.from(content)]])), [], path);
  }
  const good = new Map([
    ["a.d.ts", Buffer.from("export {};")],
    ["a.js", Buffer.from("const { CISCO_CLIENT_SECRET: clientSecret } = process.env;")],
    ["a.wasm", section("x", "\0src/decode/body.rs")],
  ]);
  assert.deepEqual(faultsOf(good), []);
});

test("every file is reachable from an entry or is documentation", async () => {
  const targets = exported.flatMap(([, conditions]) => conditions.flatMap(([, target]) => filesAt(target)));
  // Migrations are for wrangler, which reads a folder.
  const forPeople = [...files.keys()].filter((path) => /^(guide|worker|migrations)\//.test(path));
  const reached = new Set([...targets, ...Object.values(manifest.bin), ...TO_READ, ...forPeople]);
  for (const path of Object.keys(await imports())) reached.add(path);
  for (const path of [...reached].filter((path) => path.endsWith(".js"))) {
    const text = textOf(path);
    for (const [, to] of text.matchAll(/new URL\("([^":]+)", import\.meta\.url\)/g))
      reached.add(join(dirname(path), to));
  }
  for (const path of reached) {
    if (!path.endsWith(".d.ts")) continue;
    for (const [, to] of textOf(path).matchAll(/(?:from|import\()\s*"(\.[^"]+)\.js"/g))
      reached.add(`${join(dirname(path), to)}.d.ts`);
  }
  assert.deepEqual(
    [...files.keys()].filter((path) => !reached.has(path)),
    [],
    "files that are not imported",
  );
  assert.deepEqual(
    [...reached].filter((path) => !files.has(path)),
    [],
    "these are imported, and not there",
  );
});

test("the guide and the Worker template equal the repository's, and no link leads out of the package", () => {
  const own = (folder) =>
    execFileSync("git", ["ls-files", `www/${folder}`], { cwd: REPOSITORY, encoding: "utf8" })
      .trim()
      .split("\n");
  const inPackage = (folder) => [...files.keys()].filter((path) => path.startsWith(`${folder}/`)).sort();
  for (const folder of ["guide", "worker"]) {
    const expected = own(folder).map((path) => path.slice("www/".length));
    assert.deepEqual(inPackage(folder), expected.filter((path) => !path.endsWith("/.gitignore")).sort());
  }
  const headings = (path) =>
    new Set(
      [...textOf(path).matchAll(/^#+ (.+)$/gm)].map(([, text]) =>
        text
          .toLowerCase()
          .replace(/[^\p{L}\p{N} _-]/gu, "")
          .replaceAll(" ", "-"),
      ),
    );
  const broken = [];
  for (const path of files.keys()) {
    if (!path.endsWith(".md") || path.startsWith("guide/reference/")) continue;
    for (const [, to] of textOf(path).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(to)) continue;
      const [file, heading] = to.split("#");
      const target = file ? join(dirname(path), file) : path;
      if (!files.has(target) || (heading && !headings(target).has(heading))) broken.push(`${path}: ${to}`);
    }
  }
  assert.deepEqual(broken, []);
});

test("the packed crate is its source and documentation", () => {
  const cargo = ["package", "--locked", "--offline", "--list", "--allow-dirty", "--package", manifest.name];
  const listed = execFileSync("cargo", cargo, { cwd: REPOSITORY, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
    .trim()
    .split(/\r?\n/);
  const outside = listed.filter((path) => !/^src[/\\].+\.rs$/.test(path)).sort();
  const toRead = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];
  const byCargo = [".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml", "Cargo.toml.orig"];
  assert.deepEqual(outside, [...byCargo, ...toRead].sort());
  assert.ok(listed.includes("src/lib.rs"));
});

test("./inline contains the modules of the client and of bulk calls", () => {
  for (const name of ["client", "bulk"]) {
    const [, text] = /^export default "([^"]+)";\n$/.exec(textOf(`wasm/${name}.inline.js`));
    assert.ok(Buffer.from(text, "base64").equals(files.get(`wasm/${name}.wasm`)), name);
  }
});

test("built and packed again, the package is the same to the byte", () => {
  const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");
  const again = readFileSync(process.env.TARBALL_AGAIN);
  const sums = (all) => all.map(({ path, mode, bytes }) => `${path} ${mode} ${hash(bytes)}`);
  assert.deepEqual(sums(entriesOf(again)), sums(entries));
  assert.equal(hash(again), hash(readFileSync(process.env.TARBALL)), "the tarball itself");
});
