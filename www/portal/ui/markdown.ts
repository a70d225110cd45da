// Markdown, for the clipboard.

import { balanced } from "./bidi.js";

/** Returns text on one line that Markdown takes as it is. */
const escaped = (text: string): string =>
  balanced(text)
    .replaceAll(/[\r\n]+/g, " ")
    .replaceAll(/([\\`*_{}[\]<>#|])/g, "\\$1");

/** Returns the link to a case with its title. */
export const markdownLink = (case_id: string, address: string, title: string): string =>
  `[${case_id}](${address}) ${escaped(title)}`;
