// Links in texts of strangers: web addresses, bugs and cases. One pass: the time is linear in the length of any text.

import { bugUrl } from "./bug-search.js";

/** A part of a text. */
export type TextPart =
  | { readonly kind: "text"; readonly text: string }
  /** A web address; `href` is its normal form, with the host as it is resolved. */
  | { readonly kind: "link" | "bug"; readonly text: string; readonly href: string }
  | { readonly kind: "case"; readonly text: string };

/** The beginnings of what can be a link: an address, a bug, the number of a case. */
const CANDIDATE = /https?:\/\/|CSC[a-z]{2}\d{5}|[0-9]{9}/gi;
/** The characters that end an address: blanks, quotes, angle brackets, controls, and marks of direction. */
const END_OF_ADDRESS = /[\s<>"`\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const WORD = /[\p{L}\p{N}_]/u;
/** Punctuation after an address that belongs to the sentence. */
const SENTENCE = ".,;:!?'*_~…";
const BRACKETS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
/** The length from which an address is no link that a person wrote. */
const MAX_ADDRESS = 2048;

/** Splits a text into links and what is between them. `isCase` tells whether a number is that of a case. */
export function splitLinks(text: string, isCase: (case_id: string) => boolean = () => false): readonly TextPart[] {
  const parts: TextPart[] = [];
  let done = 0;
  const add = (start: number, end: number, part: TextPart) => {
    if (start > done) parts.push({ kind: "text", text: text.slice(done, start) });
    parts.push(part);
    done = end;
  };
  CANDIDATE.lastIndex = 0;
  for (let match = CANDIDATE.exec(text); match; match = CANDIDATE.exec(text)) {
    const start = match.index;
    const [found] = match;
    const isWithinWord = start > 0 && WORD.test(text[start - 1] ?? "");
    if (found.includes("/")) {
      const run = endOfRun(text, start + found.length);
      const end = isWithinWord ? start : endOfAddress(text, start, run);
      const href = addressOf(text.slice(start, end));
      if (href) add(start, end, { kind: "link", text: text.slice(start, end), href });
      // A run of characters without a blank has one address at most.
      CANDIDATE.lastIndex = Math.max(run, start + found.length);
      continue;
    }
    const end = start + found.length;
    if (isWithinWord || WORD.test(text[end] ?? "")) continue;
    const href = bugUrl(found);
    if (href) add(start, end, { kind: "bug", text: found, href });
    else if (isCase(found)) add(start, end, { kind: "case", text: found });
  }
  if (done < text.length) parts.push({ kind: "text", text: text.slice(done) });
  return parts;
}

function endOfRun(text: string, from: number): number {
  END_OF_ADDRESS.lastIndex = from;
  return END_OF_ADDRESS.exec(text)?.index ?? text.length;
}

/** Returns the end of an address: before punctuation, and before brackets that were opened outside. */
function endOfAddress(text: string, start: number, run: number): number {
  if (run - start > MAX_ADDRESS) return start;
  const open: Record<string, number> = { "(": 0, "[": 0, "{": 0 };
  for (let at = start; at < run; at++) {
    const char = text[at] ?? "";
    if (char in open) open[char]! += 1;
    else if (char in BRACKETS) open[BRACKETS[char]!]! -= 1;
  }
  let end = run;
  for (; end > start; end--) {
    const char = text[end - 1] ?? "";
    const partner = BRACKETS[char];
    if (partner !== undefined) {
      if (open[partner]! >= 0) break;
      open[partner]! += 1;
    } else if (char in open) open[char]! -= 1;
    else if (!SENTENCE.includes(char)) break;
  }
  return end;
}

/** Returns the normal form of an address, or `undefined` if it is none, or names a user before its host. */
function addressOf(text: string): string | undefined {
  if (text === "" || !URL.canParse(text)) return undefined;
  const { href, username, password, hostname } = new URL(text);
  return username || password || !hostname ? undefined : href;
}
