// The files of the built site: pages, their links and anchors, and the bytes that a page loads by itself.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { gzipSync } from "node:zlib";
import { parse } from "parse5";

/** The folder of the built site. */
export const SITE = process.env.SITE;

const files = readdirSync(SITE, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(SITE, join(entry.parentPath, entry.name)).split(sep).join("/"));

/** The addresses of all files below the site's root; a page's address is that of its folder. */
export const addresses = new Set(files.flatMap((file) => [file, file.replace(/(^|\/)index\.html$/, "$1")]));

export const pages = files.filter((file) => file.endsWith(".html")).map((file) => file.replace(/index\.html$/, ""));

const fileOf = (address) => (address === "" || address.endsWith("/") ? `${address}index.html` : address);

export const textOf = (address) => readFileSync(join(SITE, fileOf(address)), "utf8");

/** The elements of a page in document order: name, attributes and the text directly in it. */
export function elementsOf(address) {
  const elements = [];
  const visit = (node) => {
    if (node.tagName) {
      const attributes = Object.fromEntries(node.attrs.map(({ name, value }) => [name, value]));
      const text = node.childNodes.map(({ value = "" }) => value).join("");
      elements.push({ name: node.tagName, attributes, text });
    }
    for (const child of node.childNodes ?? []) visit(child);
  };
  visit(parse(textOf(address)));
  return elements;
}

/** The addresses that a page links to or loads, with the element that does. */
export const linksOf = (elements) =>
  elements.flatMap(({ name, attributes: { href, src, srcset, action } }) =>
    [href, src, srcset, action].filter((link) => link !== undefined).map((link) => ({ name, link })),
  );

/** The path and the anchor of a link on a page, from the site's root; none for another site. */
export function targetOf(link, page) {
  if (/^[a-z]+:/.test(link)) return undefined;
  const url = new URL(link, `http://site.invalid/${page}`);
  return { path: decodeURI(url.pathname.slice(1)), anchor: decodeURIComponent(url.hash.slice(1)) };
}

/** The files that a page loads by itself, and the scripts that these import. WebAssembly is loaded by them later. */
export function loadedBy(page, elements) {
  const loaded = new Set([page]);
  const visit = (path) => {
    if (loaded.has(path)) return;
    loaded.add(path);
    if (!path.endsWith(".js")) return;
    for (const [, next] of textOf(path).matchAll(/(?:\bfrom|\bimport)\s*"(\.[^"]+\.js)"/g))
      visit(targetOf(next, path).path);
  };
  for (const { link } of linksOf(elements.filter(({ name }) => ["script", "link", "img"].includes(name)))) {
    const target = targetOf(link, page);
    if (target) visit(target.path);
  }
  return [...loaded];
}

const zipped = new Map();

/** A file's size as a host sends it, compressed by gzip. */
export function gzipSize(address) {
  if (!zipped.has(address)) zipped.set(address, gzipSync(readFileSync(join(SITE, fileOf(address)))).length);
  return zipped.get(address);
}
