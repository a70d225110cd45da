// The package's package.json, and its README, which npm shows on the package's page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { imports } from "./imports.mjs";
import { exported, files, filesAt, inRepository, manifest, textOf } from "./packed.mjs";

const [, crate] = /\[package\]\n([\s\S]*?)\n\[/.exec(readFileSync(inRepository("Cargo.toml"), "utf8"));
const ofCrate = (name) => new RegExp(`^${name} = "(.*)"$`, "m").exec(crate)?.[1];
const readme = textOf("README.md");

test("the description equals the crate's", () => {
  for (const field of ["name", "version", "description"]) assert.equal(manifest[field], ofCrate(field), field);
  assert.equal(manifest.license, "MIT OR Apache-2.0");
  for (const file of ["LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md"]) {
    assert.equal(textOf(file), readFileSync(inRepository(file), "utf8"), file);
  }
  assert.ok(manifest.keywords.includes("cisco") && manifest.keywords.length >= 5);
});

test("the repository equals the crate's, or both have none", () => {
  const repository = ofCrate("repository");
  if (!repository) {
    for (const field of ["repository", "homepage", "bugs"]) assert.equal(manifest[field], undefined, field);
    return;
  }
  assert.equal(manifest.repository.url, `git+${repository}.git`);
  assert.ok(manifest.homepage.startsWith(repository) && manifest.bugs.url.startsWith(repository));
});

test("it can be published with provenance, and has no install scripts", () => {
  assert.deepEqual(manifest.publishConfig, { access: "public", provenance: true });
  assert.equal(manifest.private, undefined);
  assert.equal(manifest.scripts, undefined);
  assert.equal(manifest.devDependencies, undefined);
  assert.equal(manifest.type, "module");
});

test("the dependencies are the imported packages", async () => {
  const external = Object.values(await imports())
    .flat()
    .filter((name) => !/^(node|cloudflare):/.test(name));
  const packages = new Set(
    external.map((name) =>
      name
        .split("/")
        .slice(0, name.startsWith("@") ? 2 : 1)
        .join("/"),
    ),
  );
  packages.delete(manifest.name);
  const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  const known = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)]);
  assert.deepEqual(
    [...packages].filter((name) => !known.has(name)),
    [],
    "imported, and not declared",
  );
  assert.deepEqual(
    Object.keys(dependencies).filter((name) => !packages.has(name)),
    [],
    "declared, and not imported",
  );
  // Users of the client must not have to install a test runner.
  for (const name of Object.keys(peerDependencies))
    assert.ok(peerDependenciesMeta[name]?.optional, `${name} is not optional`);
});

test("every target of exports exists, types are first, and default is last", () => {
  for (const [entry, conditions] of exported) {
    const names = conditions.map(([name]) => name);
    for (const [name, target] of conditions)
      assert.ok(filesAt(target).length, `${entry}, ${name}: there is no ${target}`);
    if (conditions.some(([, target]) => target.endsWith(".js"))) assert.equal(names[0], "types", entry);
    if (names.includes("default")) assert.equal(names.at(-1), "default", entry);
  }
  assert.equal(manifest.types, manifest.exports["."].types);
});

test("the files with side effects are the entries that provide the module", () => {
  const handsIn = ([path, bytes]) =>
    path.endsWith(".js") && /^(provide|provideBulk|load)\(/m.test(bytes.toString("utf8"));
  assert.deepEqual(
    manifest.sideEffects,
    [...files]
      .filter(handsIn)
      .map(([path]) => `./${path}`)
      .sort(),
  );
});

test("the README has no broken link", () => {
  for (const [, to] of readme.matchAll(/\]\(([^)]+)\)/g)) {
    const [path, anchor] = to.split("#");
    if (/^https:/.test(to)) continue;
    assert.ok(path === "" || files.has(path), `${to}: the package has no such file`);
    if (!anchor) continue;
    const slug = (title) =>
      title
        .toLowerCase()
        .replace(/[^\w\s-]/g, "")
        .trim()
        .replace(/\s/g, "-");
    const titles = [...textOf(path || "README.md").matchAll(/^#+ (.*)$/gm)].map(([, title]) => slug(title));
    assert.ok(titles.includes(anchor), `${to}: there is no such section`);
  }
});

test("the README has the installation, each entry, the requirements and the licences", () => {
  assert.match(readme, /npm install cisco-support-case/);
  for (const [entry] of exported) {
    if (entry === "./package.json" || entry.includes("*")) continue;
    assert.ok(readme.includes(`\`${entry.replace(/^\./, manifest.name)}\``), `the README does not describe ${entry}`);
  }
  const [, least] = /^>=(\d+)$/.exec(manifest.engines.node);
  assert.match(readme, new RegExp(`Node ${least}\\b`));
  for (const file of ["LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY.md", "sbom.cdx.json", "CHANGELOG.md"])
    assert.ok(readme.includes(file), file);
});
