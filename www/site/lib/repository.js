// The files of the repository that the site is made of.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** The repository's top folder. */
export const ROOT = join(import.meta.dirname, "../../..");

export const read = (path) => readFileSync(join(ROOT, path), "utf8");

/** The text of a file, or undefined if there is none. */
export const readOptional = (path) => (existsSync(join(ROOT, path)) ? read(path) : undefined);

const markdownFiles = (folder) => readdirSync(join(ROOT, folder)).filter((name) => name.endsWith(".md"));

const GUIDE = "www/guide";
const REFERENCE = `${GUIDE}/reference`;

/** The address of a page of the guide or of the reference. */
const addressOf = (path) => {
  const [, folder, name] = /^www\/guide\/(reference\/)?(.+)\.md$/.exec(path);
  const section = folder ? "/reference/" : "/guide/";
  return name === "README" ? section : `${section}${name}/`;
};

/** A page's title: its first heading without the code marks. */
const titleOf = (text) => /^# (.+)$/m.exec(text)[1].replaceAll("`", "");

/** The groups of the guide in the order of its table of contents, each with its pages. */
export function guideGroups() {
  const groups = [];
  for (const line of read(`${GUIDE}/README.md`).split("\n")) {
    const [, heading] = /^## (.+)$/.exec(line) ?? [];
    if (heading) groups.push({ heading, pages: [] });
    const [, title, file, about] = /^\| \[(.+?)\]\(([^)]+)\) \| (.+) \|$/.exec(line) ?? [];
    if (!file) continue;
    const path = posix.join(GUIDE, file);
    groups.at(-1).pages.push({ path, url: addressOf(path), title, about });
  }
  const listed = new Set(groups.flatMap(({ pages }) => pages.map(({ path }) => path)));
  const missing = markdownFiles(GUIDE).filter((name) => name !== "README.md" && !listed.has(`${GUIDE}/${name}`));
  if (missing.length > 0) throw new Error(`${GUIDE}/README.md does not list ${missing.join(", ")}`);
  return groups.filter(({ pages }) => pages.length > 0);
}

/** The pages that are Markdown files of the repository. */
export function markdownPages() {
  const guide = markdownFiles(GUIDE).map((name) => `${GUIDE}/${name}`);
  const reference = markdownFiles(REFERENCE).map((name) => `${REFERENCE}/${name}`);
  const pages = [...guide, ...reference].map((path) => ({ path, url: addressOf(path) }));
  pages.push({ path: "CHANGELOG.md", url: "/changelog/" });
  return pages.map((page) => {
    const text = read(page.path);
    return { ...page, text, title: titleOf(text) };
  });
}

/** The pages of the reference in the order of its table of contents, each with the name of its first entry. */
export function referencePages(pages) {
  const contents = read(`${REFERENCE}/README.md`);
  const listed = [...contents.matchAll(/^\| \[`([^`]+)`[^\]]*\]\(([^)]+)\)/gm)];
  return listed.map(([, name, file]) => {
    const page = pages.find(({ path }) => path === `${REFERENCE}/${file}`);
    return { ...page, name: name.replace(/^cisco-support-case\//, "…/") };
  });
}

/** The addresses of the reference's classes, functions and types, by name. A page describes a name once. */
export function referenceNames(pages, headingsOf) {
  const names = new Map();
  for (const { path, url, text } of pages) {
    if (!path.startsWith(REFERENCE)) continue;
    for (const { level, title, anchor } of headingsOf(text)) {
      const name = title.replace("()", "");
      if (level === 3 && /^\w{4,}$/.test(name) && !names.has(name)) names.set(name, `${url}#${anchor}`);
    }
  }
  return names;
}
