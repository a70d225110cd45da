// The site's generator: the Markdown of the repository and the templates in `templates/` as static pages. Every link in the
// pages is relative, so that the folder can be served below any path.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { posix, resolve } from "node:path";
import MarkdownIt from "markdown-it";
import { createIndex } from "pagefind";
import { errorCodes, siteData } from "./lib/errors.js";
import { examplesOf, writeExamples } from "./lib/examples.js";
import { environments, exampleOf, outputOf, sizesOfParts } from "./lib/facts.js";
import { decodingTimes, storeTimes } from "./lib/figures.js";
import { codeHighlighter } from "./lib/highlight.js";
import { descriptionIn, headingsIn, setUpMarkdown } from "./lib/markdown.js";
import { guideGroups, markdownPages, read, referenceNames, referencePages } from "./lib/repository.js";
import { writeScripts } from "./lib/scripts.js";

/** The path from a page to an address of the site. */
const relative = (address, page) => {
  const [path, rest = ""] = address.split(/(?=[?#])(.*)/s);
  if (path === page && rest) return rest;
  const folder = page.endsWith("/") ? page : posix.dirname(page);
  const way = posix.relative(folder, path) || ".";
  return `${way}${path.endsWith("/") ? "/" : ""}${rest}`;
};

const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

export default async function (config) {
  const { version, repository, errors: tables } = siteData();
  const pages = markdownPages();
  const groups = guideGroups();
  const errors = errorCodes(tables);
  const { highlight, styles } = await codeHighlighter();
  const addresses = new Map(pages.map(({ path, url }) => [path, url]));
  addresses.set("README.md", "/");

  const examples = new Map(pages.map((page) => [page.path, examplesOf(page)]));
  const names = new Map();
  const markdown = setUpMarkdown(new MarkdownIt(), {
    addresses,
    names,
    errors: new Map(errors.map(({ code, url }) => [code, url])),
    repository,
    highlight,
    examples,
  });
  for (const [name, address] of referenceNames(pages, (text) => headingsIn(markdown, text))) names.set(name, address);

  /** The description of a page: that of the guide's table of contents, the first paragraph, or the title. */
  const descriptionOf = ({ path, title, text }) => {
    const listed = groups.flatMap(({ pages: members }) => members).find((one) => one.path === path);
    const found = descriptionIn(markdown, listed?.about ?? text);
    return `${title}: ${found ?? "names and types of the package cisco-support-case"}`;
  };

  const order = groups.flatMap(({ pages: members }) => members);
  for (const page of pages) {
    const section = page.url.split("/")[1];
    const at = order.findIndex(({ url }) => url === page.url);
    // The text is read when it is rendered: a changed page is built again without a restart.
    const render = ({ page: rendered }) => markdown.render(read(page.path), { path: page.path, page: rendered });
    config.addTemplate(`pages${page.url}index.11ty.js`, render, {
      layout: "page.njk",
      permalink: `${page.url}index.html`,
      title: page.title,
      description: descriptionOf(page),
      path: page.path,
      section,
      previous: at > 0 ? order[at - 1] : undefined,
      next: at >= 0 ? order[at + 1] : undefined,
    });
  }

  config.addFilter("headings", (path) =>
    headingsIn(markdown, read(path)).filter(({ level }) => level === 2 || level === 3),
  );
  config.addFilter("inlineMarkdown", (text) => markdown.renderInline(text, {}));
  config.addFilter("highlight", highlight);
  config.addFilter("first", (list, count) => list.slice(0, count));
  config.addFilter("number", (value) => value.toLocaleString("en"));
  config.addFilter("root", (url) => relative("/", url));
  const quickStart = exampleOf("README.md");
  config.addGlobalData("policy", policy);
  config.addGlobalData("version", version);
  config.addGlobalData("groups", groups);
  config.addGlobalData("errors", errors);
  config.addGlobalData("errorTables", tables);
  config.addGlobalData("referencePages", referencePages(pages));
  config.addGlobalData("landing", async () => ({
    code: quickStart,
    output: outputOf(quickStart),
    sizes: await sizesOfParts(),
    times: decodingTimes(),
    store: storeTimes(),
    environments: environments(),
  }));

  // Absolute addresses of the templates, made relative to the page that they are on.
  config.htmlTransformer.addUrlTransform("html", function (address) {
    return address.startsWith("/") ? relative(address, this.url) : address;
  });

  config.addPassthroughCopy({ pictures: "assets", "../portal/public/icon.svg": "assets/icon.svg" });
  for (const path of ["lib", "client", "styles", "../guide", "../../CHANGELOG.md"]) {
    config.addWatchTarget(`./${path}`, { resetConfig: true });
  }

  config.on("eleventy.after", async ({ directories }) => {
    const out = resolve(directories.output);
    mkdirSync(`${out}/assets`, { recursive: true });
    writeFileSync(`${out}/assets/code.css`, styles());
    await writeScripts(out);
    await writeExamples(
      out,
      [...examples.values()].flatMap((found) => [...found.values()]),
    );
    const { index } = await createIndex();
    await index.addDirectory({ path: out });
    await index.writeFiles({ outputPath: `${out}/pagefind` });
    // The site has its own search box.
    for (const name of readdirSync(`${out}/pagefind`)) {
      if (/-(?:ui|highlight)\./.test(name)) rmSync(`${out}/pagefind/${name}`);
    }
  });
  config.setServerOptions({ domDiff: false });
  return {
    dir: { input: "templates", includes: "../layouts", output: "../../target/site" },
    markdownTemplateEngine: false,
    htmlTemplateEngine: "njk",
  };
}
