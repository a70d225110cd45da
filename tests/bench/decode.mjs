// Decoding speed of the package, against JSON.parse and other validators. The argument is the package's folder:
//
//   node decode.mjs PKG            in this Node, and in the browsers that the variables name
//   node decode.mjs --quick PKG    against bare JSON.parse only, in this Node, in some seconds
//
//   CHROME, CHROME_OPTIONS    path of Chromium, and its options, separated by spaces
//   FIREFOX                   path of Firefox
//   BENCH_JSON                a file for the results

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { quick } from "./decode/quick.mjs";
import { agree } from "./measure/fields.mjs";

const args = process.argv.slice(2);
const folder = args.find((arg) => !arg.startsWith("--"));
if (!folder) throw new Error("the package's folder must be given; the head of this file says how");
agree(readFileSync(resolve(folder, "generated/types.d.ts"), "utf8"));
const pkg = await import(pathToFileURL(resolve(folder, "entry/node.js")).href);

if (args.includes("--quick")) await quick(pkg, "node");
else await whole();

async function whole() {
  // Imported only here: the quick measurement needs no peers.
  const { suite } = await import("./decode/suite.mjs");
  const { table } = await import("./decode/table.mjs");
  const { record } = await import("./measure/record.mjs");
  const runtimes = [];
  const named = (name) => (what) => console.log(`· ${name}: ${what}`);

  const node = `Node ${process.versions.node}`;
  named(node)("are the peers fair?");
  await inWorker("./decode/prove-fair.mjs");
  runtimes.push({ name: node, ...(await suite(pkg, "node", named(node))) });

  const { measureIn } = await import("./browser/measure.mjs");
  for (const launch of browsers()) {
    const { version, ...found } = await measureIn(launch, folder, named(launch.browser));
    runtimes.push({ name: version, ...found });
  }
  table(runtimes);
  record("decode", { runtimes });
}

function browsers() {
  const { CHROME, CHROME_OPTIONS = "", FIREFOX } = process.env;
  const found = [];
  if (CHROME)
    found.push({ browser: "chrome", executablePath: CHROME, args: CHROME_OPTIONS.split(" ").filter(Boolean) });
  if (FIREFOX) found.push({ browser: "firefox", executablePath: FIREFOX });
  return found;
}

function inWorker(path) {
  const worker = new Worker(new URL(path, import.meta.url));
  return new Promise((done, fail) => worker.once("error", fail).once("exit", done));
}
