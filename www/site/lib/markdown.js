// The Markdown of the guide as HTML: anchors as on other renderers of Markdown, highlighted code without inline styles,
// and links between guide, reference and error codes.

import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import anchor from "markdown-it-anchor";
import { ROOT } from "./repository.js";

/** The anchor of a heading, as renderers of Markdown generate it. */
const slugify = (title) =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

/** The kinds of examples whose code a test executes or compiles; `tests/integrations/examples.test.mjs` defines them. */
const TESTED = {
  js: "Run by the tests",
  "js continued": "Run by the tests, after the example above",
  "js playwright": "Run by the tests",
  "js start": "Run by the tests",
  "sh start": "Run by the tests",
  "html start": "Run by the tests",
  "jsonc start": "Run by the tests",
  ts: "Compiled by the tests",
  tsx: "Compiled by the tests",
};

/** Whether a page's examples are those that the tests take. */
const hasTestedExamples = (path) => /^www\/guide\/[^/]+\.md$/.test(path ?? "");

export function setUpMarkdown(md, { addresses, names, errors, repository, highlight, examples }) {
  md.set({ html: true, linkify: false, typographer: false });
  md.use(anchor, { slugify, level: 1, tabIndex: false });

  /** Adapts links: those to repository files have no address in the site unless the repository has one. */
  md.core.ruler.push("links", ({ tokens, env }) => {
    for (const { children } of tokens) {
      const open = [];
      for (const token of children ?? []) {
        if (token.type === "link_open") open.push(adaptLink(token, env.path));
        if (token.type === "link_close" && !open.pop()) token.tag = "span";
      }
    }
  });

  /** Whether the link stays one. */
  function adaptLink(token, path) {
    const href = token.attrGet("href");
    if (!path || /^(?:#|\/|[a-z]+:)/.test(href)) return true;
    const [file, hash] = href.split("#");
    const target = posix.join(posix.dirname(path), file);
    const address = addresses.get(target) ?? addresses.get(posix.join(target, "README.md"));
    if (!address && !existsSync(join(ROOT, target))) throw new Error(`${path}: there is no ${target}`);
    const url = address ?? (repository && `${repository}/blob/HEAD/${target}`);
    if (url) {
      token.attrSet("href", hash ? `${url}#${hash}` : url);
      return true;
    }
    token.tag = "span";
    token.attrs = [
      ["class", "file"],
      ["title", `${target} in the repository`],
    ];
    return false;
  }

  /** Links inline code to the error or the name that it is, a name once on each page. */
  md.core.ruler.push("cross_links", ({ tokens, env, Token }) => {
    const linked = new Set();
    let heading = false;
    for (const token of tokens) {
      if (token.type === "heading_open") heading = true;
      if (token.type === "heading_close") heading = false;
      if (!token.children || heading) continue;
      let depth = 0;
      token.children = token.children.flatMap((child) => {
        if (child.type === "link_open") depth += 1;
        if (child.type === "link_close") depth -= 1;
        if (child.type !== "code_inline" || depth > 0) return [child];
        const code = child.content;
        const name = /^(\w+)(?:\(.*\))?$/.exec(code)?.[1];
        const error = errors.get(code);
        const target = error ?? (env.path?.includes("/reference/") || linked.has(name) ? undefined : names.get(name));
        if (!target || target === env.page?.url) return [child];
        if (!error) linked.add(name);
        const open = new Token("link_open", "a", 1);
        open.attrs = [["href", target]];
        return [open, child, new Token("link_close", "a", -1)];
      });
    }
  });

  /** A heading without text is a cell, the table's corner; the first cells of the rows below it are their headings. */
  md.core.ruler.push("corners", ({ tokens }) => {
    let hasCorner = false;
    tokens.forEach((token, at) => {
      const [cell, content, end] = [tokens[at + 1], tokens[at + 2], tokens[at + 3]];
      if (token.type === "table_open") hasCorner = false;
      if (token.type === "tr_open" && cell.type === "th_open") hasCorner = content.content === "";
      if (token.type !== "tr_open" || !hasCorner) return;
      cell.tag = cell.type === "th_open" ? "td" : "th";
      end.tag = cell.tag;
      if (cell.tag === "th") cell.attrSet("scope", "row");
    });
    tokens.forEach((token, at) => {
      if (token.type !== "th_open" || token.tag !== "th" || tokens[at + 1].content !== "") return;
      token.tag = "td";
      tokens[at + 2].tag = "td";
    });
  });

  // The policy of the pages allows no inline styles.
  for (const type of ["th_open", "td_open"]) {
    md.renderer.rules[type] = (tokens, at, options, env, renderer) => {
      const token = tokens[at];
      token.attrs = token.attrs?.filter(([name]) => name !== "style") ?? null;
      return renderer.renderToken(tokens, at, options);
    };
  }
  md.renderer.rules.table_open = () => '<div class="table" tabindex="0" role="group" aria-label="Table"><table>\n';
  md.renderer.rules.table_close = () => "</table></div>\n";

  md.renderer.rules.fence = (tokens, at, options, env) => {
    const { info, content } = tokens[at];
    const kind = info.trim();
    const language = kind.split(/[ ,]/)[0];
    const shown = highlight(content.trimEnd(), language);
    const mark = hasTestedExamples(env.path) ? TESTED[kind] : undefined;
    const number = tokens.slice(0, at).filter(({ type }) => type === "fence").length;
    const example = examples.get(env.path)?.get(number);
    const caption = [
      mark && `<span class="tested">${mark}</span>`,
      example && `<button type="button" class="run" data-example="${example.id}" hidden>Run and edit</button>`,
    ];
    const bar = caption.some(Boolean) ? `<figcaption>${caption.filter(Boolean).join("")}</figcaption>` : "";
    return `<figure class="code">${shown}${bar}</figure>\n`;
  };

  return md;
}

/** The headings of a text: level, title and anchor. */
export function headingsIn(md, text) {
  const tokens = md.parse(text, {});
  return tokens.flatMap((token, at) => {
    if (token.type !== "heading_open") return [];
    const title = tokens[at + 1].children
      .filter(({ type }) => type === "text" || type === "code_inline")
      .map(({ content }) => content)
      .join("");
    return [{ level: Number(token.tag.slice(1)), title, anchor: token.attrGet("id") }];
  });
}

/** The number of characters that search engines show of a description. */
const MAX_DESCRIPTION = 160;

/** The text of a page's first paragraph, up to the end of a sentence if one fits; undefined without one. */
export function descriptionIn(md, text) {
  const tokens = md.parse(text, {});
  const at = tokens.findIndex(({ type, level }) => type === "paragraph_open" && level === 0);
  if (at < 0) return undefined;
  const words = tokens[at + 1].children
    .map(({ type, content }) => (type === "softbreak" ? " " : type === "text" || type === "code_inline" ? content : ""))
    .join("");
  if (words.length <= MAX_DESCRIPTION) return words;
  const [sentences] = new RegExp(`^.{40,${MAX_DESCRIPTION - 1}}\\.(?= )`).exec(words) ?? [];
  return sentences ?? `${words.slice(0, MAX_DESCRIPTION).replace(/[\s,;:]*\S*$/, "")}…`;
}
