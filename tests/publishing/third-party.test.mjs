// Third-party software in the package: the page for readers and the machine-readable bill of materials agree, and list
// everything that the files contain.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { files, inRepository, manifest, textOf } from "./packed.mjs";

const text = textOf("sbom.cdx.json");
const bom = JSON.parse(text);
const page = textOf("THIRD-PARTY.md");
const crates = bom.components.filter(({ purl }) => !purl.startsWith("pkg:npm/"));

test("the bill of materials is CycloneDX 1.6 and reproducible", async () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  assert.equal(await validator.validate(text), null);
  // Check of the validator itself: it rejects an invalid document.
  assert.notEqual(await validator.validate(text.replace('"type": "library"', '"type": "libary"')), null);
  assert.equal(bom.metadata.component.purl, `pkg:npm/${manifest.name}@${manifest.version}`);
  assert.equal(bom.serialNumber, undefined);
  assert.equal(bom.metadata.timestamp, undefined);
});

test("it has every crate of a module, with its version and module", () => {
  let named = 0;
  for (const [path, bytes] of files) {
    const [, module] = /^wasm\/(\w+)\.wasm$/.exec(path) ?? [];
    if (!module) continue;
    for (const [, name, version] of bytes
      .toString("latin1")
      .matchAll(/\b(?:crates|deps)\/([\w-]+?)-(\d[\w.+-]*)\/src\//g)) {
      const found = crates.find((crate) => crate.name === name && crate.version === version);
      assert.ok(found, `${path} holds ${name} ${version}`);
      assert.ok(
        found.properties.some(({ value }) => value === module),
        `${name} is in ${module}`,
      );
      named += 1;
    }
  }
  assert.ok(named > 3, "modules name crates");
});

test("its crates are those of Cargo.lock and the standard library's", () => {
  const lock = readFileSync(inRepository("Cargo.lock"), "utf8");
  let locked = 0;
  for (const { name, version, hashes, purl } of crates) {
    const entry = lock
      .split("[[package]]")
      .find((entry) => entry.startsWith(`\nname = "${name}"\nversion = "${version}"\n`));
    if (!hashes) {
      assert.ok(!entry || /^pkg:generic/.test(purl) || page.includes(`| ${name} (with Rust) | ${version} |`), name);
      continue;
    }
    assert.equal(/checksum = "(\w+)"/.exec(entry)[1], hashes[0].content, name);
    locked += 1;
  }
  assert.ok(locked > 10, "most are from Cargo.lock");
  assert.ok(
    crates.some(({ name }) => name === "std"),
    "Rust's standard library is among them",
  );
});

test("every dependency in it exists", () => {
  const known = new Set([bom.metadata.component["bom-ref"], ...bom.components.map((one) => one["bom-ref"])]);
  assert.equal(bom.dependencies.length, known.size);
  const reached = new Set();
  const visit = (ref) => {
    if (reached.has(ref)) return;
    reached.add(ref);
    assert.ok(known.has(ref), ref);
    bom.dependencies.find((one) => one.ref === ref).dependsOn.forEach(visit);
  };
  visit(bom.metadata.component["bom-ref"]);
  assert.deepEqual(
    [...known].filter((ref) => !reached.has(ref)),
    [],
    "nothing needs these",
  );
});

test("npm dependencies are in it, with their licences", () => {
  for (const [name, versions] of Object.entries(manifest.dependencies ?? {})) {
    const component = bom.components.find(({ purl }) => purl === `pkg:npm/${name}`);
    assert.equal(component.properties[0].value, versions);
    const installed = JSON.parse(readFileSync(`${process.env.PROJECT}/node_modules/${name}/package.json`, "utf8"));
    assert.equal(component.licenses[0].expression, installed.license, name);
  }
});

test("the npm packages in the scripts are listed, with their versions, files and licence texts", () => {
  const copied = bom.components.filter(({ purl }) => /^pkg:npm\/.*@/.test(purl));
  const names = copied.map(({ name }) => name);
  for (const name of ["commander", "idb", "string-width", "undici"]) assert.ok(names.includes(name), name);
  for (const { name, version, licenses, properties } of copied) {
    const licence = licenses[0].expression;
    const [{ value: inFiles }] = properties;
    assert.ok(page.includes(`| ${name} | ${version} | ${licence} | ${licence} | \`${inFiles}\` |`), name);
    const section = page
      .split(/^## /m)
      .find((one) => one.startsWith(`${licence}: `) && one.split("\n")[0].includes(`${name} ${version}`));
    assert.match(section, /Copyright/, name);
  }
  const { version } = copied.find(({ name }) => name === "idb");
  assert.match(textOf("store/persistence/idb.js"), new RegExp(`^// idb ${version}, unchanged \\(ISC;`));
});

test("the page has each crate with its licence, the text and the copyright", () => {
  const sections = page.split(/^## /m).slice(1);
  for (const { name, version, licenses } of crates) {
    const row = page.split("\n").find((line) => line.startsWith(`| ${name} `) && line.includes(`| ${version} |`));
    assert.ok(row, `${name} ${version} has a row`);
    assert.ok(row.includes(licenses[0].expression), `${name}: ${row}`);
    for (const id of row.split("|")[3].trim().split(", ")) {
      const section = sections.find(
        (section) => section.startsWith(`${id}: `) && section.split("\n")[0].includes(`${name} ${version}`),
      );
      assert.ok(section, `${name} ${version} has a text of ${id}`);
      assert.match(
        section,
        /Permission is hereby\s+granted|TERMS AND CONDITIONS|NOTICE TO USER|provided 'as-is'/,
        name,
      );
      assert.doesNotMatch(section, /<copyright holders>/, name);
    }
  }
});
