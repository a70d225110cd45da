// Generates typia's functions. typia turns types into code at compile time, so its output is checked in
// (`generated.mjs`, with its small runtime), and its compiler is installed only to regenerate it after a change of the
// fields or of the version:
//
//   node generate.mjs FOLDER    FOLDER is empty, outside this repository, and npm installs the compiler there
//
// The version is the last one that compiles with TypeScript's own compiler. Versions 13 and 14 compile a Go plugin on
// use, from modules that npm does not install (github.com/microsoft/typescript-go); their output for these types could
// not be compared here.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import esbuild from "esbuild";
import { schemas } from "../documents.mjs";

const VERSIONS = { typia: "12.2.1", typescript: "5.9.3" };

/** TypeScript's type of a field. The generated code calls a hand-written date check by name. */
function build(date, rules) {
  const kinds = {
    text: ({ max }) => (max ? `(string & tags.MaxLength<${max}>)` : "string"),
    severity: () => `("1" | "2" | "3" | "4" | 1 | 2 | 3 | 4)`,
    flag: () => (rules?.tolerant ? `("O" | "C" | "")` : `("O" | "C")`),
    date: () => date,
    list: () => "string[]",
    count: () => "Whole",
    required: () => "Whole",
    notes: (_, note) => `${note}[]`,
  };
  const MARK = { needed: ["", ""], optional: ["?", ""], missable: ["?", " | null"] };
  const field = (what, presence, note) => [MARK[presence], kinds[what.kind](what, note)];
  const object = (members) => {
    const lines = Object.entries(members).map(([name, member]) => {
      const [[mark, also], type] = Array.isArray(member) ? member : [MARK.needed, member];
      return `${name}${mark}: ${type}${also};`;
    });
    return `{ ${lines.join(" ")} }`;
  };
  return schemas({ field, object, list: (item) => `${item}[]`, count: "Whole" }, rules);
}

const byHand = (check) => `(string & tags.TagBase<{
  target: "string"; kind: "${check}"; value: undefined; validate: "${check}($input)";
}>)`;

const settings = {
  documented: ["createAssert", build(`(string & tags.Format<"date-time">)`)],
  fastest: ["createIs", build(byHand("isDateTime"))],
  tolerant: ["createIs", build(byHand("isWireDate"), { tolerant: true })],
};

const source = [
  `import typia, { tags } from "typia";`,
  `import { isDateTime, isWireDate } from "../date-time.mjs";`,
  `type Whole = number & tags.Type<"uint32">;`,
  ...Object.entries(settings).map(([setting, [make, built]]) => {
    const members = Object.entries(built).map(([kind, type]) => `${kind}: typia.${make}<${type}>(),`);
    return `export const ${setting} = {\n${members.join("\n")}\n};`;
  }),
  "export const used = [isDateTime, isWireDate];",
];

const folder = resolve(process.argv[2] ?? "");
if (!process.argv[2]) throw new Error("usage: node generate.mjs FOLDER");
mkdirSync(resolve(folder, "src"), { recursive: true });
const write = (name, text) => writeFileSync(resolve(folder, name), text);
const run = (command, ...args) => execFileSync(command, args, { cwd: folder, stdio: "inherit" });
write("package.json", JSON.stringify({ private: true, type: "module", dependencies: VERSIONS }));
const compilerOptions = {
  target: "esnext",
  module: "esnext",
  moduleResolution: "bundler",
  strict: true,
  noEmit: true,
};
write(
  "tsconfig.json",
  JSON.stringify({ compilerOptions: { ...compilerOptions, skipLibCheck: true }, include: ["src"] }),
);
write(
  "date-time.d.mts",
  ["isDateTime", "isWireDate"].map((name) => `export function ${name}(text: string): boolean;`).join("\n"),
);
write("src/generated.ts", source.join("\n"));
run("npm", "install", "--no-audit", "--no-fund", "--loglevel=error");
run("npx", "typia", "generate", "--input", "src", "--output", "out", "--project", "tsconfig.json");
const { outputFiles } = await esbuild.build({
  absWorkingDir: folder,
  entryPoints: [resolve(folder, "out/generated.ts")],
  bundle: true,
  format: "esm",
  target: "esnext",
  write: false,
  external: ["../date-time.mjs"],
  legalComments: "none",
});
const note = `// Written by typia ${VERSIONS.typia} (MIT) from the types of generate.mjs. Do not edit.\n`;
writeFileSync(new URL("generated.mjs", import.meta.url), note + outputFiles[0].text);
