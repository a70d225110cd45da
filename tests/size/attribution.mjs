// Prints the size of a wasm module: its code by module of the crate and by library, and its largest functions. The
// module must contain the names of its functions. The argument is its path:
//
//   node attribution.mjs MODULE.wasm

import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";

const bytes = readFileSync(process.argv[2]);
const CODE = 10;
const DATA = 11;

/** A reader of the format's numbers and names (WebAssembly Core Specification, section 5.2). */
function reader(from, at = 0) {
  const number = () => {
    let [value, shift, byte] = [0, 0, 0];
    do {
      byte = from[at++];
      value += (byte & 127) * 2 ** shift;
      shift += 7;
    } while (byte & 128);
    return value;
  };
  const piece = (length) => from.subarray(at, (at += length));
  return {
    number,
    piece,
    text: () => piece(number()).toString(),
    byte: () => from[at++],
    more: () => at < from.length,
    position: () => at,
  };
}

const sections = new Map();
/** The published part: everything but names. */
const published = [bytes.subarray(0, 8)];
for (const whole = reader(bytes, 8); whole.more(); ) {
  const start = whole.position();
  const id = whole.byte();
  const content = whole.piece(whole.number());
  if (id === 0) continue;
  sections.set(id, content);
  published.push(bytes.subarray(start, whole.position()));
}
const imported = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).filter(
  ({ kind }) => kind === "function",
).length;

const names = new Map();
const [custom] = WebAssembly.Module.customSections(new WebAssembly.Module(bytes), "name");
if (!custom) throw new Error(`${process.argv[2]} has no names`);
for (const parts = reader(Buffer.from(custom)); parts.more(); ) {
  const [kind, part] = [parts.byte(), reader(parts.piece(parts.number()))];
  // Subsection 1 has the names of functions.
  for (let count = kind === 1 ? part.number() : 0; count > 0; count -= 1) names.set(part.number(), part.text());
}

const functions = [];
const code = reader(sections.get(CODE));
for (let index = imported, count = code.number(); count > 0; index += 1, count -= 1) {
  functions.push({ name: names.get(index) ?? "?", size: code.piece(code.number()).length });
}

/** The module of this crate, or the library, that contains a function. A generic function counts for the code that defines it. */
function originOf(name) {
  const [, area] = /^[<&(]*(?:mut )?cisco_support_case(?:\[[0-9a-f]+\])?::(\w+)/.exec(name) ?? [];
  if (area) return `src/${area}`;
  if (/^[<&([]*(?:mut |dyn )*(?:core|alloc|std|compiler_builtins|__rustc)\b/.test(name)) return "Rust's libraries";
  if (/wasm_bindgen|js_sys|web_sys|externref|wbg|wbindgen/.test(name)) return "wasm-bindgen, js-sys, web-sys";
  if (/talc/.test(name)) return "talc, the allocator";
  return /^[<([&]/.test(name) || /^(?:str|u8|u32|i64|char|mem)/.test(name)
    ? "Rust's libraries"
    : "exports, and what is inlined into them";
}

const places = new Map();
for (const { name, size } of functions) places.set(originOf(name), (places.get(originOf(name)) ?? 0) + size);
const rest = bytes.length - custom.byteLength - sections.get(CODE).length - sections.get(DATA).length;
const rows = [
  ...[...places].sort(([, a], [, b]) => b - a),
  ["data", sections.get(DATA).length],
  ["types, imports, tables", rest],
];
console.log("| where | bytes | of all |\n|---|---|---|");
const all = bytes.length - custom.byteLength;
for (const [place, size] of rows) console.log(`| ${place} | ${size} | ${((100 * size) / all).toFixed(1)} % |`);
console.log(`| all | ${all} | |`);
const whole = Buffer.concat(published);
const [gzip, brotli] = [gzipSync(whole, { level: 9 }).length, brotliCompressSync(whole).length];
console.log(`\nCompressed as it is published, without names: ${gzip} by gzip, ${brotli} by brotli.`);
console.log("\nThe largest functions:\n");
const short = (name) => name.replaceAll(/\[[0-9a-f]{8,}\]|<wasm_bindgen::JsValue, wasm_bindgen::JsValue>/g, "");
for (const { name, size } of functions.sort((a, b) => b.size - a.size).slice(0, 40))
  console.log(`${String(size).padStart(6)}  ${short(name)}`);
