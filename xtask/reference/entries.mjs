// The package's entries as its manifest has them: what is exported comes in by itself.

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where the packed package is installed, in a project that `PROJECT` names. */
export const folder = join(process.env.PROJECT, "node_modules/cisco-support-case");

const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** Each entry of code: its subpath, its name in an import, and its declarations, which it has to have. */
export const entries = Object.entries(manifest.exports)
  .filter(([, target]) => typeof target === "object")
  .map(([subpath, { types, ...conditions }]) => {
    if (typeof types !== "string") throw new Error(`${subpath} has no declarations: give its exports "types"`);
    return {
      subpath,
      name: join(manifest.name, subpath),
      types: join(folder, types),
      conditions: Object.keys(conditions),
    };
  });

/** What else is exported: files, by their subpaths. */
export const files = Object.entries(manifest.exports)
  .filter(([, target]) => typeof target === "string")
  .map(([subpath, target]) => ({ name: join(manifest.name, subpath), target }));

/** The entries, without entries that have the declarations of one before them. */
export const distinct = entries.filter(({ types }, at) => entries.findIndex((other) => other.types === types) === at);

/**
 * How declarations are read. What they speak of that is not the package's own (a framework that an entry is for) is found
 * among the tests' tools.
 */
export const compilerOptions = (ts) => ({
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.asynciterable.d.ts", "lib.esnext.disposable.d.ts"],
  types: [],
  paths: { "*": [join(process.env.TESTS, "node_modules/*"), join(process.env.TESTS, "node_modules/@types/*")] },
  strict: true,
  skipLibCheck: true,
  noEmit: true,
});

/**
 * The declarations of the package that its entries export, and those that these mention, by the files that hold them. What
 * else is declared in those files is the package's own business.
 */
export function declarationsOf(ts, program) {
  const checker = program.getTypeChecker();
  const found = new Map();
  const open = entries.flatMap(({ types }) =>
    checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(types))),
  );
  const seen = new Set();
  while (open.length > 0) {
    const symbol = open.pop();
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    if (seen.has(target)) continue;
    seen.add(target);
    for (const declaration of target.declarations ?? []) {
      const source = declaration.getSourceFile();
      if (!source.fileName.startsWith(folder) || ts.isSourceFile(declaration)) continue;
      // A constant is written in a statement of its own.
      const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
      if (statement.parent !== source) continue;
      found.set(source, (found.get(source) ?? new Set()).add(statement));
      const visit = (node) => {
        const mentioned = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
        if (mentioned) open.push(mentioned);
        node.forEachChild(visit);
      };
      visit(statement);
    }
  }
  return found;
}
