// Writes the API reference, one page an entry, into the folder `OUT`: what TypeDoc reads in the declarations, without
// dates, versions and paths, so that the same declarations give the same pages.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Application, ReflectionKind } from "typedoc";
import ts from "typescript";
import { compilerOptions, distinct, entries, folder } from "./entries.mjs";

const out = process.env.OUT;

/** The page of an entry: `client.md` for the package's own name, `gateway-sync.md` for `cisco-support-case/gateway/sync`. */
const pageOf = ({ subpath }) => (subpath === "." ? "client" : subpath.slice(2).replaceAll("/", "-"));

/** The names by which it is imported: several where entries have the same declarations. */
const importedAs = (entry) =>
  entries
    .filter(({ types }) => types === entry.types)
    .map(({ name }) => `\`${name}\``)
    .join(", ");

const workers = join(process.env.TESTS, "node_modules/@cloudflare/workers-types/index.d.ts");
const tsconfig = join(process.env.PROJECT, "tsconfig.reference.json");
const { lib, ...rest } = compilerOptions(ts);
const names = { target: "es2022", module: "esnext", moduleResolution: "bundler" };
const options = { ...rest, ...names, types: [workers], lib: lib.map((name) => name.replace(/^lib\.|\.d\.ts$/g, "")) };
writeFileSync(tsconfig, JSON.stringify({ compilerOptions: options, files: distinct.map(({ types }) => types) }));

const app = await Application.bootstrapWithPlugins({
  entryPoints: distinct.map(({ types }) => types),
  tsconfig,
  plugin: ["typedoc-plugin-markdown"],
  router: "module",
  readme: "none",
  disableGit: true,
  disableSources: true,
  excludeExternals: true,
  externalPattern: ["**/@cloudflare/**", "**/typescript/lib/**"],
  // What is wrong with a link or a tag fails.
  treatWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true },
  // What stands for itself.
  intentionallyNotExported: ["Asked", "Client", "MaybePromise"],
  logLevel: "Warn",
  // The order of the declarations tells what belongs together.
  sort: ["source-order"],
  kindSortOrder: ["Class", "Function", "Interface", "TypeAlias", "Variable"],
  hidePageHeader: true,
  hideBreadcrumbs: true,
  entryFileName: "README",
  modulesFileName: "README",
  interfacePropertiesFormat: "table",
  classPropertiesFormat: "table",
  typeAliasPropertiesFormat: "table",
  typeDeclarationFormat: "table",
  propertyMembersFormat: "table",
  parametersFormat: "table",
  indexFormat: "table",
  expandParameters: true,
  tableColumnSettings: {
    hideDefaults: true,
    hideInherited: true,
    hideModifiers: true,
    hideOverrides: true,
    hideSources: true,
    leftAlignHeaders: true,
  },
});

const project = await app.convert();
if (project) app.validate(project);
if (!project || app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);

for (const module of project.children) {
  // TypeDoc leaves a file's name out that says nothing.
  const places = [`${module.name}.d.ts`, `${module.name}/index.d.ts`].map((name) => join(folder, name));
  const entry = distinct.find(({ types }) => places.includes(types));
  module.name = pageOf(entry);
}

// What is inherited is told where it is declared: twelve classes of errors have the same fifteen members.
const isTold = ({ inheritedFrom, signatures = [] }) =>
  ![inheritedFrom, ...signatures.map((one) => one.inheritedFrom)].some(Boolean);
for (const reflection of project.getReflectionsByKind(ReflectionKind.ClassOrInterface)) {
  const told = reflection.children?.filter(isTold) ?? [];
  reflection.children = told.length > 0 ? told : undefined;
  for (const group of reflection.groups ?? []) group.children = group.children.filter(isTold);
  reflection.groups = reflection.groups?.filter(({ children }) => children.length > 0);
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await app.outputs.writeOutput({ name: "markdown", path: out }, project);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);

/** The anchors that readers of Markdown give a page's headings, in their order. */
function anchorsOf(text) {
  const seen = new Map();
  const prose = text.replace(/^```[^]*?^```/gm, "");
  return [...prose.matchAll(/^(#+) (.*)$/gm)].map(([, level, title]) => {
    const anchor = title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return { depth: level.length, title, anchor: count === 0 ? anchor : `${anchor}-${count}` };
  });
}

const WRITTEN = "<!-- Written by `cargo xtask reference` from the package's declarations. -->\n\n";
const written = distinct.map((entry) => {
  const body = readFileSync(join(out, `${pageOf(entry)}.md`), "utf8")
    .replace(/^# .*\n/, `# ${importedAs(entry)}\n`)
    // Anchors of table rows come again and again on a page, and nothing leads to them.
    .replace(/<a id="[^"]*"><\/a> /g, "")
    // A signature tells all that stands in a table without words, or in a line with a type.
    .replace(/^#+ Parameters\n\n\| Parameter \| Type \|\n(?:\|.*\n)+\n?/gm, "")
    .replace(/^#+ Returns\n\n.+\n(?=\n*(?:#|\*\*\*|$(?![^])))/gm, "")
    .replace(/^#+ (?:Inherited from|Overrides)\n\n.+\n/gm, "")
    .replace(/^#+ Constructor\n\n/gm, "")
    .replace(/\n{3,}/g, "\n\n");
  return { entry, text: `${WRITTEN}${body.trim()}\n` };
});

/** Where each name stands: its page and its heading, by what TypeDoc calls the page. */
const places = new Map();
for (const { entry, text } of written) {
  const headings = anchorsOf(text)
    .filter(({ depth }) => depth === 3)
    .reverse();
  places.set(`${pageOf(entry)}.md`, new Map(headings.map(({ title, anchor }) => [title.replace("()", ""), anchor])));
}
for (const { entry, text } of written) {
  const own = `${pageOf(entry)}.md`;
  const linked = text.replace(/\[`?(\w+)`?\]\(([^\s()#]*\.md)?#[^)]*\)/g, (link, name, page) => {
    const anchor = places.get(page ?? own)?.get(name);
    if (!anchor) throw new Error(`${own}: where does ${link} lead?`);
    return link.replace(/\(.*\)$/, `(${page ?? ""}#${anchor})`);
  });
  writeFileSync(join(out, own), linked);
}

/** The classes and functions of a page, as links. */
function doors(page, text) {
  let group = "";
  const links = [];
  for (const { depth, title, anchor } of anchorsOf(text)) {
    if (depth === 2) group = title;
    if (depth === 3 && ["Classes", "Functions"].includes(group)) links.push(`[\`${title}\`](${page}.md#${anchor})`);
  }
  return links.join(", ");
}

const rows = written.map(({ entry, text }) => {
  const page = pageOf(entry);
  return `| [${importedAs(entry)}](${page}.md) | ${doors(page, text)} |`;
});
const pages = readdirSync(out).filter((name) => name.endsWith(".md"));
if (pages.length !== distinct.length + 1) throw new Error(`unexpected pages: ${pages.join(", ")}`);
writeFileSync(
  join(out, "README.md"),
  `${WRITTEN}# API reference\n\n| entry | classes and functions |\n|---|---|\n${rows.join("\n")}\n`,
);
