// Some measurements of one number of cases, in a process of its own: child.mjs PKG PART CASES [--quick]. Prints them as JSON.

import { loadModules } from "./modules.mjs";
import { PARTS } from "./suite.mjs";

const [folder, part, cases, quick] = process.argv.slice(2);
const say = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[2K· ${cases}: ${text}`);
const modules = await loadModules(folder);
const log = process.env.BENCH_VERBOSE ? (text) => console.error(`· ${cases}: ${text}`) : say;
const found = await PARTS[part](modules, Number(cases), { quick: quick === "--quick", say: log });
say("");
console.log(JSON.stringify(found));
process.exit(0);
