// The entries of the package, from the exports in its manifest.

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The folder of the packed package, which is installed in the project `PROJECT`. */
export const folder = join(process.env.PROJECT, "node_modules/cisco-support-case");

const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** The entries that export code: subpath, name in an import, and declarations, which are required. */
export const entries = Object.entries(manifest.exports)
  .filter(([, target]) => typeof target === "object")
  .map(([subpath, { types, ...conditions }]) => {
    if (typeof types !== "string") throw new Error(`${subpath} has no declarations: add "types" to its exports`);
    return {
      subpath,
      name: join(manifest.name, subpath),
      types: join(folder, types),
      conditions: Object.keys(conditions),
    };
  });

/** The other exports: files, by their subpaths. */
export const files = Object.entries(manifest.exports)
  .filter(([, target]) => typeof target === "string")
  .map(([subpath, target]) => ({ name: join(manifest.name, subpath), target }));

/** The entries, without those that have the declarations of an earlier entry. */
export const distinct = entries.filter(({ types }, at) => entries.findIndex((other) => other.types === types) === at);

/**
 * The compiler options under which declarations are read. The frameworks that they import are among the npm tools of the
 * tests.
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
 * The declarations that the package's entries export, and those that these mention, by file. The other declarations in
 * these files are internal.
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
      // A constant is declared in a statement.
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
