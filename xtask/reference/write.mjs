// Writes the API reference into the folder `OUT`, one page for each entry. TypeDoc generates it from the declarations. It
// contains no dates, versions and paths, so that the same declarations give the same pages.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Application, ReflectionKind } from "typedoc";
import ts from "typescript";
import { compilerOptions, distinct, entries, folder } from "./entries.mjs";

const out = process.env.OUT;

/** The page of an entry: `client.md` for the package's own name, `gateway-sync.md` for `cisco-support-case/gateway/sync`. */
const pageOf = ({ subpath }) => (subpath === "." ? "client" : subpath.slice(2).replaceAll("/", "-"));

/** An entry's names in imports: several where entries have the same declarations. */
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
  // A wrong link or tag is an error.
  treatWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true },
  // Names that explain themselves.
  intentionallyNotExported: ["QueryContext", "Client", "MaybePromise"],
  logLevel: "Warn",
  // The declarations are grouped by their order.
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
  // TypeDoc omits the name `index`.
  const places = [`${module.name}.d.ts`, `${module.name}/index.d.ts`].map((name) => join(folder, name));
  const entry = distinct.find(({ types }) => places.includes(types));
  module.name = pageOf(entry);
}

// Inherited members are documented where they are declared: twelve classes of errors have the same fifteen members.
const isOwn = ({ inheritedFrom, signatures = [] }) =>
  ![inheritedFrom, ...signatures.map((one) => one.inheritedFrom)].some(Boolean);
for (const reflection of project.getReflectionsByKind(ReflectionKind.ClassOrInterface)) {
  const own = reflection.children?.filter(isOwn) ?? [];
  reflection.children = own.length > 0 ? own : undefined;
  for (const group of reflection.groups ?? []) group.children = group.children.filter(isOwn);
  reflection.groups = reflection.groups?.filter(({ children }) => children.length > 0);
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await app.outputs.writeOutput({ name: "markdown", path: out }, project);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);

/** The anchors of a page's headings in order, as renderers of Markdown generate them. */
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
    // The anchors of table rows are not unique on a page, and no link uses them.
    .replace(/<a id="[^"]*"><\/a> /g, "")
    // The signature contains everything in a table without descriptions, or in a line with a type.
    .replace(/^#+ Parameters\n\n\| Parameter \| Type \|\n(?:\|.*\n)+\n?/gm, "")
    .replace(/^#+ Returns\n\n.+\n(?=\n*(?:#|\*\*\*|$(?![^])))/gm, "")
    .replace(/^#+ (?:Inherited from|Overrides)\n\n.+\n/gm, "")
    .replace(/^#+ Constructor\n\n/gm, "")
    .replace(/\n{3,}/g, "\n\n");
  return { entry, text: `${WRITTEN}${body.trim()}\n` };
});

/** The headings of each name, by the names of pages in TypeDoc. */
const anchors = new Map();
for (const { entry, text } of written) {
  const headings = anchorsOf(text)
    .filter(({ depth }) => depth === 3)
    .reverse();
  anchors.set(`${pageOf(entry)}.md`, new Map(headings.map(({ title, anchor }) => [title.replace("()", ""), anchor])));
}
for (const { entry, text } of written) {
  const own = `${pageOf(entry)}.md`;
  const linked = text.replace(/\[`?(\w+)`?\]\(([^\s()#]*\.md)?#[^)]*\)/g, (link, name, page) => {
    const anchor = anchors.get(page ?? own)?.get(name);
    if (!anchor) throw new Error(`${own}: ${link} leads nowhere`);
    return link.replace(/\(.*\)$/, `(${page ?? ""}#${anchor})`);
  });
  writeFileSync(join(out, own), linked);
}

/** The links to the classes and functions of a page. */
function linksTo(page, text) {
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
  return `| [${importedAs(entry)}](${page}.md) | ${linksTo(page, text)} |`;
});
const pages = readdirSync(out).filter((name) => name.endsWith(".md"));
if (pages.length !== distinct.length + 1) throw new Error(`unexpected pages: ${pages.join(", ")}`);
writeFileSync(
  join(out, "README.md"),
  `${WRITTEN}# API reference\n\n| entry | classes and functions |\n|---|---|\n${rows.join("\n")}\n`,
);
