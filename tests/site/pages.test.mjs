// The files of the built site.
//
//   SITE  its folder

import assert from "node:assert/strict";
import { test } from "node:test";
import { addresses, elementsOf, gzipSize, linksOf, loadedBy, pages, targetOf } from "./built-site.mjs";

/** The size of a page with its style sheets, scripts and pictures, compressed, without WebAssembly. */
const MAX_PAGE_BYTES = 150_000;

const elements = new Map(pages.map((page) => [page, elementsOf(page)]));
const anchors = new Map(pages.map((page) => [page, elements.get(page).map(({ attributes }) => attributes.id)]));
const isOwn = (page) => !page.startsWith("portal/");

test("the site has a page for each part", () => {
  for (const page of [
    "",
    "guide/",
    "guide/bulk/",
    "reference/client/",
    "errors/CASE_NOTFOUND/",
    "changelog/",
    "search/",
  ])
    assert.ok(pages.includes(page), page);
  assert.ok(pages.filter((page) => page.startsWith("errors/")).length > 80);
});

test("the landing page has measured sizes and times, with their conditions", () => {
  const texts = elements.get("").map(({ text }) => text.trim());
  for (const form of [/^\d+ KB$/, /^0\.\d\d$/, /^0\.\d\d ms$/, /^Measured.* cores of .*\./])
    assert.ok(
      texts.some((text) => form.test(text)),
      `nothing has the form ${form}`,
    );
});

test("every link and every anchor leads somewhere, and is relative", () => {
  const wrong = [];
  let count = 0;
  for (const page of pages) {
    for (const { link } of linksOf(elements.get(page))) {
      const target = targetOf(link, page);
      if (!target) continue;
      count += 1;
      if (link.startsWith("/")) wrong.push(`${page}: ${link} is not relative`);
      else if (!addresses.has(target.path)) wrong.push(`${page}: ${link} leads nowhere`);
      else if (target.anchor && anchors.has(target.path) && !anchors.get(target.path).includes(target.anchor))
        wrong.push(`${page}: ${link} has no such anchor`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(count > 3000, `${count} links`);
});

test("no page loads anything from another host, or has inline scripts or styles", () => {
  const wrong = [];
  for (const page of pages) {
    for (const { name, attributes, text } of elements.get(page)) {
      const inline = name === "style" || attributes.style || (name === "script" && text.trim());
      const events = Object.keys(attributes).filter((attribute) => attribute.startsWith("on"));
      const loads =
        ["script", "link", "img", "iframe"].includes(name) &&
        /^([a-z]+:)?\/\//.test(attributes.src ?? attributes.href ?? "");
      if (inline || events.length > 0 || loads) wrong.push(`${page}: <${name}> ${JSON.stringify(attributes)}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("every page has a description of its own", () => {
  const known = new Map();
  for (const page of pages.filter(isOwn)) {
    const found = elements
      .get(page)
      .find(({ name, attributes }) => name === "meta" && attributes.name === "description");
    const text = found?.attributes.content ?? "";
    assert.ok(text.length >= 20 && !text.includes("undefined") && !text.includes("<"), `${page}: ${text}`);
    assert.equal(known.get(text), undefined, `${page}: ${text}`);
    known.set(text, page);
  }
});

test("every page has a title, a language, one main heading and no anchor twice", () => {
  for (const page of pages.filter(isOwn)) {
    const names = elements.get(page).map(({ name }) => name);
    assert.equal(names.filter((name) => name === "h1").length, 1, page);
    assert.equal(names.filter((name) => name === "main").length, 1, page);
    assert.equal(elements.get(page).find(({ name }) => name === "html").attributes.lang, "en", page);
    assert.ok(
      elements
        .get(page)
        .find(({ name }) => name === "title")
        .text.includes("cisco-support-case"),
      page,
    );
    const ids = anchors.get(page).filter(Boolean);
    assert.deepEqual(
      ids.filter((id, at) => ids.indexOf(id) !== at),
      [],
      page,
    );
  }
});

test("no page has more than 150 000 bytes of its own", (t) => {
  const sizes = pages.map((page) => {
    return { page, bytes: loadedBy(page, elements.get(page)).reduce((sum, file) => sum + gzipSize(file), 0) };
  });
  sizes.sort((one, other) => other.bytes - one.bytes);
  for (const { page, bytes } of sizes.slice(0, 3)) t.diagnostic(`${page || "landing page"}: ${bytes} bytes, gzip`);
  assert.deepEqual(
    sizes.filter(({ bytes }) => bytes > MAX_PAGE_BYTES),
    [],
  );
});
