// Search on the page `search/` by Pagefind, whose index is loaded in parts when the search box is first used.

import { type Found, rankResults } from "./rank-results.js";
import { root } from "./root.js";

/** The part of Pagefind's API that this page uses. */
interface Pagefind {
  options(options: { baseUrl: string; excerptLength?: number }): Promise<void>;
  init(): Promise<void>;
  /** `null` if a later search has replaced this one. */
  debouncedSearch(query: string): Promise<{ results: { data(): Promise<Result> }[] } | null>;
}

interface Result {
  url: string;
  meta: { title: string };
  sub_results: { title: string; url: string; excerpt: string }[];
}

const MAX_RESULTS = 20;

/** A word: Pagefind finds all pages for a text without one. */
const HAS_WORD = /[\p{L}\p{N}]/u;

const NO_WORDS = "Type a word, such as retry or CASE_NOTFOUND. All pages are listed below.";
const NOTHING_FOUND = "No pages found. Try fewer or other words. All pages are listed below.";

async function loadPagefind(): Promise<Pagefind> {
  const pagefind: Pagefind = await import(new URL("pagefind/pagefind.js", root).href);
  await pagefind.options({ baseUrl: root.pathname, excerptLength: 24 });
  await pagefind.init();
  return pagefind;
}

/** Shows an excerpt, in which Pagefind has marked the words found. */
function excerptOf(text: string): HTMLElement {
  const line = document.createElement("p");
  const parsed = new DOMParser().parseFromString(text, "text/html");
  for (const node of parsed.body.childNodes) {
    const element = document.createElement(node.nodeName === "MARK" ? "mark" : "span");
    element.textContent = node.textContent;
    line.append(element);
  }
  return line;
}

function itemOf({ result: { url, meta }, section }: Found<Result>): HTMLElement {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = section?.url ?? url;
  link.textContent = section && section.title !== meta.title ? `${meta.title}: ${section.title}` : meta.title;
  item.append(link);
  if (section) item.append(excerptOf(section.excerpt));
  return item;
}

export function setUpSearch(): void {
  const form = document.querySelector<HTMLFormElement>("form.search");
  const input = document.querySelector<HTMLInputElement>("#query");
  const status = document.querySelector<HTMLElement>("#search-status");
  const list = document.querySelector<HTMLElement>("#search-results");
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    const isTyping = target.closest("input, textarea, select, [contenteditable], .editor");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (input) input.focus();
    else document.querySelector<HTMLAnchorElement>(".search-link")?.click();
  });
  if (!form || !input || !status || !list) return;
  form.hidden = false;

  let loading: Promise<Pagefind> | undefined;
  const load = () => {
    loading ??= loadPagefind();
    return loading;
  };
  const search = async (isSubmitted = false) => {
    const query = input.value.trim();
    const address = new URL(location.href);
    if (query) address.searchParams.set("q", query);
    else address.searchParams.delete("q");
    history.replaceState(null, "", address);
    if (!HAS_WORD.test(query)) {
      list.replaceChildren();
      status.textContent = isSubmitted || query ? NO_WORDS : "";
      return;
    }
    try {
      const found = await (await load()).debouncedSearch(query);
      if (!found) return;
      const results = await Promise.all(found.results.slice(0, MAX_RESULTS).map((one) => one.data()));
      if (input.value.trim() !== query) return;
      list.replaceChildren(...rankResults(results, query).map(itemOf));
      const shown = found.results.length > MAX_RESULTS ? `, the first ${MAX_RESULTS} are shown` : "";
      const count = found.results.length;
      status.textContent = count === 0 ? NOTHING_FOUND : `${count} ${count === 1 ? "page" : "pages"} found${shown}`;
    } catch (error) {
      loading = undefined;
      status.textContent = `The search could not be loaded: ${error instanceof Error ? error.message : error}`;
    }
  };
  input.addEventListener("focus", () => void load().catch(() => {}));
  input.addEventListener("input", () => void search());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void search(true);
  });
  input.value = new URL(location.href).searchParams.get("q") ?? "";
  input.focus();
  if (input.value) void search();
}
