// How fast the package decodes. Give the package's folder:
//
//   node decode.mjs --quick PKG    against bare JSON.parse, in this Node, in some seconds

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { quick } from "./decode/quick.mjs";

const args = process.argv.slice(2);
const folder = args.find((arg) => !arg.startsWith("--"));
if (!folder) throw new Error("usage: node decode.mjs [--quick] PKG");
const pkg = await import(pathToFileURL(resolve(folder, "entry/node.js")).href);

if (args.includes("--quick")) await quick(pkg, "node");
else throw new Error("only --quick so far");
