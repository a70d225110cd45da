// Prints the API surface of the package: its entries, and the declarations that they export, without comments, as the
// compiler prints them. Each declaration is printed once, by file. A declaration that no entry exports is printed if an
// exported one mentions it.

import { relative } from "node:path";
import ts from "typescript";
import { compilerOptions, declarationsOf, entries, files, folder } from "./entries.mjs";

const program = ts.createProgram(
  entries.map(({ types }) => types),
  compilerOptions(ts),
);
const printer = ts.createPrinter({ removeComments: true });

const out = ["The package's API surface. `cargo xtask reference` writes it. A change here is a change for every user."];
for (const { name, types, conditions } of entries) {
  out.push(`${name}: ${relative(folder, types)} (${conditions.join(", ")})`);
}
for (const { name, target } of files) out.push(`${name}: ${target}`);

for (const { name, types } of entries.filter(
  ({ types }, at) => entries.findIndex((other) => other.types === types) === at,
)) {
  const checker = program.getTypeChecker();
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(types)));
  out.push(
    `\n━━ ${name}\n\n${exported
      .map((symbol) => symbol.name)
      .sort()
      .join("\n")}`,
  );
}
const declarations = declarationsOf(ts, program);
for (const source of [...declarations.keys()].sort((a, b) => (a.fileName < b.fileName ? -1 : 1))) {
  const nodes = [...declarations.get(source)].sort((a, b) => a.pos - b.pos);
  const printed = nodes.map((node) => printer.printNode(ts.EmitHint.Unspecified, node, source));
  out.push(`\n━━ ${relative(folder, source.fileName)}\n\n${printed.join("\n")}`);
}
console.log(out.join("\n"));
