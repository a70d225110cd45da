// Highlighted code by Shiki, at build time, with classes instead of inline styles.

import { transformerStyleToClass } from "@shikijs/transformers";
import { createHighlighter } from "shiki";

const LANGUAGES = [
  "css",
  "html",
  "javascript",
  "json",
  "jsonc",
  "rust",
  "shellscript",
  "sql",
  "svelte",
  "toml",
  "tsx",
  "typescript",
  "vue",
];
const THEMES = { light: "github-light-high-contrast", dark: "github-dark-high-contrast" };

/** A highlighter, and the style sheet of everything that it has highlighted. */
export async function codeHighlighter() {
  const highlighter = await createHighlighter({ langs: LANGUAGES, themes: Object.values(THEMES) });
  const classes = transformerStyleToClass({ classPrefix: "s-" });
  const known = new Set(highlighter.getLoadedLanguages());
  const highlight = (code, language) =>
    highlighter.codeToHtml(code, {
      lang: known.has(language) ? language : "text",
      themes: THEMES,
      defaultColor: false,
      transformers: [classes],
    });
  const colours = `
.shiki { color: var(--shiki-light); background: var(--shiki-light-bg); }
.shiki span { color: var(--shiki-light); }
@media (prefers-color-scheme: dark) {
  .shiki { color: var(--shiki-dark); background: var(--shiki-dark-bg); }
  .shiki span { color: var(--shiki-dark); }
}
`;
  return { highlight, styles: () => classes.getCSS() + colours };
}
