// One start, in its own process: child.mjs KIND PAGE PKG. Prints `{ prepareMs, firstMs }`: the time from the import
// until all is ready, and of the first page.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
// The code shared by all peers is not part of a start.
import "../peers/documents.mjs";
import "../peers/date-time.mjs";

const [kind, path, folder] = process.argv.slice(2);
const bytes = new Uint8Array(readFileSync(path));
const decoder = new TextDecoder();
const parse = (bytes) => JSON.parse(decoder.decode(bytes));
const inPackage = (file) => pathToFileURL(join(folder, file)).href;

/** A peer in its documented setting. */
const peer = (file, name) => async () => {
  const settings = (await import(file))[name];
  const validate = settings.find(({ setting }) => setting === "documented").build({ kinds: ["page"] })("page");
  return (bytes) => validate(parse(bytes));
};

/** Prepares each kind, and returns the function that decodes a page. */
const KINDS = {
  package: async () => (await import(inPackage("entry/node.js"))).decodeCasesPage,
  "JSON.parse": async () => parse,
  zod: peer("../peers/zod.mjs", "zod"),
  "zod mini": peer("../peers/zod-mini.mjs", "zodMini"),
  valibot: peer("../peers/valibot.mjs", "valibot"),
  ajv: peer("../peers/ajv.mjs", "ajv"),
  typebox: peer("../peers/typebox.mjs", "typebox"),
  arktype: peer("../peers/arktype.mjs", "arktype"),
};

/** Compiles and instantiates the module alone: importing the glue and reading the file are excluded. */
async function moduleAlone() {
  const { glue } = await import(inPackage("wasm/client.js"));
  const module = readFileSync(join(folder, "wasm/client.wasm"));
  const start = performance.now();
  const one = glue();
  one.open(new WebAssembly.Instance(new WebAssembly.Module(module), one.imports()));
  return { prepareMs: performance.now() - start, firstMs: 0 };
}

async function whole() {
  const start = performance.now();
  const read = await KINDS[kind]();
  const ready = performance.now();
  const { cases } = read(bytes);
  const end = performance.now();
  if (cases.length !== 100) throw new Error(`${cases.length} cases instead of 100`);
  return { prepareMs: ready - start, firstMs: end - ready };
}

console.log(JSON.stringify(kind === "module alone" ? await moduleAlone() : await whole()));
