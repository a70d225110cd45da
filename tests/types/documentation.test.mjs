// Documentation of every export as an editor shows it: each name and each member of an export is documented, none has
// type `any`, and the examples compile. `PROJECT` has the packed package, `TOOLS` the language service.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { test } from "node:test";
import { compilerOptions, declarationsOf, distinct, entries, folder } from "../../xtask/reference/entries.mjs";

const ts = createRequire(process.env.TOOLS)("typescript");
const workers = join(process.env.TESTS, "node_modules/@cloudflare/workers-types/index.d.ts");

/** For each entry, a file that imports all its names. */
const virtual = new Map();
const host = {
  getScriptFileNames: () => [...virtual.keys(), workers],
  getScriptVersion: (path) => String(virtual.get(path)?.length ?? 0),
  getScriptSnapshot: (path) => {
    const text = virtual.get(path) ?? (ts.sys.fileExists(path) ? readFileSync(path, "utf8") : undefined);
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
  },
  getCurrentDirectory: () => process.env.PROJECT,
  getCompilationSettings: () => compilerOptions(ts),
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  fileExists: (path) => virtual.has(path) || ts.sys.fileExists(path),
  readFile: (path) => virtual.get(path) ?? ts.sys.readFile(path),
  directoryExists: ts.sys.directoryExists,
  getDirectories: ts.sys.getDirectories,
};
const service = ts.createLanguageService(host);
const place = (entry) => join(process.env.PROJECT, `importer-${entries.indexOf(entry)}.ts`);

const expect = (name, holds, message) => test(name, () => assert.ok(holds, message));

const messagesOf = (problems) =>
  problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " ")).join("; ");

/** The names that an entry exports. */
function namesOf(entry) {
  virtual.set(place(entry), `import * as all from "${entry.name}";\nexport { all };\n`);
  const program = service.getProgram();
  const source = program.getSourceFile(entry.types);
  const checker = program.getTypeChecker();
  return checker.getExportsOfModule(checker.getSymbolAtLocation(source)).map((symbol) => symbol.name);
}

for (const entry of entries) {
  const names = namesOf(entry).sort();
  expect(`${entry.name} exports something`, names.length > 0);
  // One name per line, so that each has its own position.
  const text = `import type {\n${names.map((name) => `  ${name},`).join("\n")}\n} from "${entry.name}";\n`;
  virtual.set(place(entry), text);
  const problems = service.getSemanticDiagnostics(place(entry)).filter(({ code }) => code !== 6133 && code !== 6192);
  if (problems.length > 0) expect(`the names of ${entry.name} are imported`, false, messagesOf(problems));
  for (const name of names) {
    const info = service.getQuickInfoAtPosition(place(entry), text.indexOf(`  ${name},`) + 2);
    const shown = ts.displayPartsToString(info?.documentation);
    expect(`${entry.name}: ${name} is documented`, shown.trim().length > 0);
  }
}

/** Whether a node or the declaration that contains it has a comment. */
const isDocumented = (node) => ts.getJSDocCommentsAndTags(node).length > 0;

/** The qualified name of a node. */
function pathOf(node) {
  const names = [];
  for (let at = node; at; at = at.parent) if (at.name) names.unshift(at.name.getText());
  return names.join(".");
}

/** Visits every declared member of an interface, a class, or a literal inside another type. */
function members(node, visit) {
  const isMember =
    ts.isPropertySignature(node) ||
    ts.isMethodSignature(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isConstructorDeclaration(node);
  visit(node, isMember);
  node.forEachChild((child) => members(child, visit));
}

/** Names that the language itself uses; users never look them up. */
const WELL_KNOWN = ["[Symbol.asyncIterator]", "[Symbol.hasInstance]", "prototype"];

const declarations = declarationsOf(ts, service.getProgram());
for (const [source, statements] of declarations) {
  for (const statement of statements) {
    members(statement, (node, isMember) => {
      const where = `${relative(folder, source.fileName)}: ${pathOf(node)}`;
      if (node.kind === ts.SyntaxKind.AnyKeyword) expect(`${where} is not of type any`, false);
      // Members of type `undefined` need no documentation, and private ones are not shown.
      const mayNotBe = node.type?.kind === ts.SyntaxKind.UndefinedKeyword;
      const isPrivate = ts.canHaveModifiers(node) && ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private;
      if (!isMember || mayNotBe || isPrivate || WELL_KNOWN.includes(node.name?.getText())) return;
      expect(`${where} is documented`, isDocumented(node));
    });
  }
}

/** Declarations that examples rely on: a client, and values of a page or a Worker. */
const AT_HAND = `import { CaseClient, type CaseRecord } from "cisco-support-case";
declare const cases: CaseClient;
declare const cached: Map<string, CaseRecord>;
declare const contract_ids: string[];
declare const case_id: string;
declare let cursor: string | null;
declare const request: Request;
declare const env: Env;
interface Env { [name: string]: string & import("cisco-support-case/gateway").QuotaNamespace }
declare function signIn(): Promise<string>;
declare function show(text: string): void;
declare function setupServer(...handlers: unknown[]): unknown;
declare const sandbox: import("cisco-support-case/sandbox").Sandbox;
declare const kv: KeyValueStore;
interface KeyValueStore { get(key: string): Promise<Uint8Array | undefined>; put(key: string, bytes: Uint8Array): Promise<void>; delete(key: string): Promise<void>; list(): Promise<string[]> }
`;

/**
 * Writes an example to its own file, with imports of the names it uses. Its own declarations take precedence over
 * `AT_HAND`.
 */
function fileOf(code, entry) {
  const own = [...code.matchAll(/^(?:const|let) (\w+)|^(?:const|let) \{ (.*?) \}/gm)].flatMap(
    ([, one, several]) => one ?? several.split(/\W+/),
  );
  const atHand = AT_HAND.split("\n").filter((line) => !own.some((name) => line.startsWith(`declare const ${name}:`)));
  const names = namesOf(entry).filter(
    (name) => new RegExp(`\\b${name}\\b`).test(code) && name !== "CaseClient" && name !== "CaseRecord",
  );
  return `${atHand.join("\n")}import { ${names.join(", ")} } from "${entry.name}";\n${code}\nexport {};\n`;
}

/** The names that a statement declares. */
function namesIn(statement) {
  const declared = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement];
  return declared.map(({ name }) => name?.getText()).filter(Boolean);
}

let examples = 0;
/** Declarations that already belong to an entry. Examples import from the first entry that exports them. */
const placed = new Set();
for (const entry of distinct) {
  const names = new Set(namesOf(entry));
  const own = [...declarations].flatMap(([source, statements]) =>
    [...statements]
      .filter((statement) => !placed.has(statement) && namesIn(statement).some((name) => names.has(name)))
      .map((statement) => (placed.add(statement), source.text.slice(statement.getFullStart(), statement.getEnd()))),
  );
  const comments = own.join("\n").match(/\/\*\*[^]*?\*\//g) ?? [];
  for (const [, block] of comments.join("\n").matchAll(/^ *\* ```[jt]s\n([^]*?)^ *\* ```/gm)) {
    const code = block.replace(/^ *\* ?/gm, "");
    // An example with an ellipsis cannot be compiled.
    if (code.includes("…")) continue;
    const file = join(process.env.PROJECT, `example-${(examples += 1)}.ts`);
    virtual.set(file, fileOf(code, entry));
    const problems = [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)];
    const message = `${messagesOf(problems)}\n${code}`;
    expect(`${entry.name}: example ${examples} compiles`, problems.length === 0, message);
  }
}
expect("the declarations contain at least 8 examples", examples >= 8);
