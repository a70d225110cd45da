// The size of results. Assistants refuse results above some 25 000 tokens as a whole.

/** The greatest number of tokens of a result, its text and its structured form together. */
export const MAX_TOKENS = 20_000;

/** Tokens that remain for what surrounds the rows of a result: heads, notices, cursors. */
export const FRAME_TOKENS = 1500;

/**
 * Returns an upper estimate of the tokens of a text, by its characters. Tokenizers differ: the weights lie above the counts of
 * `o200k_base` and `cl100k_base` for titles, notes, logs, ids, JSON, CJK, emoji and Base64, by about a third for lists of cases.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  let before: number = Kind.other;
  for (let at = 0; at < text.length; at += 1) {
    const kind = kindOf(text.charCodeAt(at));
    tokens += WEIGHTS[kind];
    // Keys and hashes change between digits and letters of both cases.
    if (kind !== before && kind < Kind.other && before < Kind.other) tokens += 0.4;
    before = kind;
  }
  return Math.ceil(tokens);
}

const Kind = { lower: 0, upper: 1, digit: 2, other: 3, space: 4, wide: 5 } as const;

/** Tokens per character of a kind. */
const WEIGHTS = [0.3, 0.6, 0.55, 0.7, 0.3, 1.5] as const;

function kindOf(unit: number): 0 | 1 | 2 | 3 | 4 | 5 {
  if (unit >= 0x80) return Kind.wide;
  if (unit >= 0x61 && unit <= 0x7a) return Kind.lower;
  if (unit >= 0x41 && unit <= 0x5a) return Kind.upper;
  if (unit >= 0x30 && unit <= 0x39) return Kind.digit;
  return unit === 0x20 ? Kind.space : Kind.other;
}

/** Returns the tokens of a value that a result contains twice: as a line of its text, and in its structured form. */
export const rowTokens = (value: unknown): number => 2 * (estimateTokens(JSON.stringify(value)) + 2);

/** The longest text of a row. A title has 240 characters by the documentation. */
const MAX_ROW_TEXT = 1000;

/** The most values of a list in a row. */
const MAX_ROW_VALUES = 40;

/** Returns a row without empty members and with cut texts and lists, so that it always fits into a result. */
export function compactRow(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = Object.entries(row).filter(
    ([, value]) =>
      value !== null && value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, cutValue(value)]));
}

function cutValue(value: unknown): unknown {
  if (typeof value === "string") return cutText(value, MAX_ROW_TEXT);
  if (!Array.isArray(value)) return value;
  const kept = value.slice(0, MAX_ROW_VALUES).map((item) => (typeof item === "string" ? cutText(item, 100) : item));
  return value.length > MAX_ROW_VALUES ? [...kept, `… ${value.length - MAX_ROW_VALUES} more`] : kept;
}

/** Cuts a text between two characters. */
export function cutText(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, cutPosition(text, length))}… (${text.length} characters)`;
}

/** Returns the position at or before a length that does not split a surrogate pair. */
export function cutPosition(text: string, length: number): number {
  const unit = text.charCodeAt(length - 1);
  return unit >= 0xd800 && unit <= 0xdbff ? length - 1 : length;
}
