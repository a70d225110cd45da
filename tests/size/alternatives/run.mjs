// Prints the size that each way to do a job adds to a wasm module, in bytes after wasm-opt, raw and by gzip, relative
// to a module that does nothing. It needs one `cargo xtask build` before, for wasm-opt. It builds in
// target/size-alternatives.
//
//   node tests/size/alternatives/run.mjs [JOB…]     only the jobs with these names, such as rfc3339

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const here = import.meta.dirname;
const root = join(here, "../../..");
const target = join(root, "target/size-alternatives");
const wasmOpt = join(root, "xtask/node_modules/binaryen/bin/wasm-opt");
const OPTIONS = ["-Oz", "-Oz", "--converge", "--strip-target-features", "--strip-debug", "--strip-producers"];

const manifest = readFileSync(join(here, "Cargo.toml"), "utf8");
const [, listed] = /\[features\]\n([^[]*(?:\[[^\n]*\n[^[]*)*?)\n\[dependencies\]/.exec(manifest);
const features = [...listed.matchAll(/^([\w-]+) =/gm)].map(([, name]) => name).filter((name) => name !== "std");
const jobs = process.argv.slice(2);
const wanted = features.filter(
  (name) => name === "base" || jobs.length === 0 || jobs.some((job) => name.startsWith(job)),
);

function measure(feature) {
  const args = ["build", "--quiet", "--release", "--target", "wasm32-unknown-unknown", "--features", feature];
  const env = { ...process.env, CARGO_TARGET_DIR: target };
  execFileSync("cargo", args, { cwd: here, env, stdio: ["ignore", "inherit", "inherit"] });
  const built = join(target, "wasm32-unknown-unknown/release/size_alternatives.wasm");
  const small = join(target, `${feature}.wasm`);
  execFileSync(wasmOpt, [built, ...OPTIONS, "-o", small]);
  const bytes = readFileSync(small);
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
}

const base = measure("base");
console.log(`${"base".padEnd(28)} ${String(base.raw).padStart(8)} ${String(base.gzip).padStart(8)} gzip`);
for (const feature of wanted.filter((name) => name !== "base")) {
  const { raw, gzip } = measure(feature);
  const [more, packed] = [raw - base.raw, gzip - base.gzip].map((bytes) => `+${bytes}`.padStart(8));
  console.log(`${feature.padEnd(28)} ${more} ${packed} gzip`);
}
