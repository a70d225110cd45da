// Search within a text, without regard to case and accents. Ranges are those of the original text, in UTF-16 units.

/** A range of a text: the first unit, and the one after the last. */
export type Range = readonly [start: number, end: number];

/** A folded text with the place of each of its units in the original. */
interface Folded {
  readonly text: string;
  /** The place in the original by the place in the folded text; `undefined` if they are equal. */
  readonly places: Uint32Array | undefined;
}

const ASCII = /^[\u0000-\u007f]*$/;
const MARKS = /\p{M}+/gu;
/** The ends of words: `ς` is `σ`. */
const fold = (char: string): string =>
  char.toLowerCase().normalize("NFKD").replace(MARKS, "").replaceAll("ß", "ss").replaceAll("ς", "σ");

function folded(text: string): Folded {
  if (ASCII.test(text)) return { text: text.toLowerCase(), places: undefined };
  let result = "";
  const places: number[] = [];
  let at = 0;
  for (const char of text) {
    const own = char < "\u0080" ? char.toLowerCase() : fold(char);
    for (let unit = 0; unit < own.length; unit++) places.push(at);
    result += own;
    at += char.length;
  }
  places.push(at);
  return { text: result, places: Uint32Array.from(places) };
}

/** Returns the ranges at which a text contains another one, ascending and without overlap. */
export function findAll(text: string, searched: string): readonly Range[] {
  const needle = folded(searched.trim()).text;
  if (needle === "") return [];
  const { text: haystack, places } = folded(text);
  const ranges: Range[] = [];
  let from = 0;
  for (let at = haystack.indexOf(needle); at !== -1; at = haystack.indexOf(needle, from)) {
    from = at + needle.length;
    const start = places ? (places[at] ?? 0) : at;
    let end = from;
    if (places) {
      // A range ends after the whole character, also if it is folded to several, and after the marks that it carries.
      const last = places[from - 1] ?? 0;
      let next = from;
      while (places[next] === last) next += 1;
      end = places[next] ?? text.length;
    }
    const previous = ranges.at(-1);
    if (!previous || start >= previous[1]) ranges.push([start, end]);
  }
  return ranges;
}

/**
 * Returns the ranges of each part of a text, from the part's own beginning. `lengths` are those of the parts, which are the whole text
 * together. One pass: a note can have a link and a match in every word.
 */
export function rangesOfParts(ranges: readonly Range[], lengths: readonly number[]): readonly (readonly Range[])[] {
  let from = 0;
  let first = 0;
  return lengths.map((length) => {
    const own: Range[] = [];
    const to = from + length;
    while ((ranges[first]?.[1] ?? to + 1) <= from) first += 1;
    for (let at = first; at < ranges.length && ranges[at]![0] < to; at++) {
      const [start, end] = ranges[at]!;
      own.push([Math.max(start - from, 0), Math.min(end - from, length)]);
    }
    from = to;
    return own;
  });
}
