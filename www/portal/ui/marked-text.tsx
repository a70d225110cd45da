// Texts of strangers: each in a block of its own direction, with balanced controls, and with the matches of a search marked.

import type { TextRange } from "cisco-support-case/store";
import type { ReactNode } from "react";
import { balanced } from "./bidi.js";

/** A text whose matched ranges are marked. Ranges are in UTF-16 units of the original. */
export function MarkedText({ text, ranges }: { text: string; ranges?: readonly TextRange[] | undefined }): ReactNode {
  const shown = balanced(text);
  // Where characters were removed, the ranges do not fit.
  if (!ranges || ranges.length === 0 || !shown.startsWith(text)) return shown;
  const parts: ReactNode[] = [];
  let end = 0;
  for (const [from, to] of ranges) {
    if (from > end) parts.push(shown.slice(end, from));
    parts.push(<mark key={from}>{shown.slice(from, to)}</mark>);
    end = to;
  }
  if (end < shown.length) parts.push(shown.slice(end));
  return parts;
}
