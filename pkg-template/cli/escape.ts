// Text of others on a terminal. Titles, notes and messages can contain escape sequences, which a terminal would execute, and
// bidirectional controls, which would reorder the rest of the line.

/**
 * Characters that a terminal or a reader takes for commands: C0 and C1 controls, controls of direction, separators of lines and
 * paragraphs, invisible operators, and characters of tags.
 */
const CONTROLS =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

const NEEDS_ESCAPE = /[^\u0020-\u007e]/;

/** Writes a control character visibly: `U+001B` as `<U+001B>`. */
const shown = (character: string): string =>
  `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}>`;

/** Returns one line of text without control characters: tabs and line breaks become spaces, others are shown as code points. */
export function escapeLine(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return text;
  return text.replace(/\r\n|[\t\n\r\u0085\u2028\u2029]/g, " ").replace(CONTROLS, shown);
}

/** Returns text of several lines without control characters other than line breaks. Tabs become spaces. */
export function escapeText(text: string): string {
  return text
    .split(/\r\n|[\n\u0085\u2028\u2029]/)
    .map(escapeLine)
    .join("\n");
}
