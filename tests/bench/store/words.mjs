// Folding and words as the peers need them: written with what JavaScript has, for the scripts of the sandbox's titles. The
// comparison of the answers shows whether it agrees with the store's own.

const MARKS = /\p{M}/gu;
const OWN_LETTERS = /[ßæøłđðþıœ]/g;
const LETTERS = { ß: "ss", æ: "ae", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i", œ: "oe" };
const ASCII = /^[\x00-\x7f]*$/;

/** The folded form of a text: without case and accents. */
export function fold(text) {
  if (ASCII.test(text)) return text.toLowerCase();
  const plain = text.normalize("NFKD").replace(MARKS, "").toLowerCase();
  return plain.replace(OWN_LETTERS, (letter) => LETTERS[letter]);
}

/** Runs of letters and digits with one joiner between each two. */
const COMPOUNDS = /[\p{L}\p{N}]+(?:[-_./:@'‐‑–’·][\p{L}\p{N}]+)*/gu;
const PARTS = /[\p{L}\p{N}]+/gu;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+/gu;
/** The maximum length of a joined word. */
const MAX_JOINED = 64;

/** The words of a text, folded; a compound such as `C9300-48P` has its parts, and all of them joined. */
export function wordsOf(text) {
  const words = [];
  for (const [compound] of fold(text).matchAll(COMPOUNDS)) {
    const parts = compound.match(PARTS);
    for (const part of parts) words.push(...runsOf(part));
    const joined = parts.join("");
    if (parts.length > 1 && joined.length <= MAX_JOINED) words.push(joined);
  }
  return words;
}

/** Of a run without spaces the pairs of neighbours and the last character; of any other word the word. */
function runsOf(part) {
  if (ASCII.test(part)) return [part];
  const words = part.split(UNSPACED).filter(Boolean);
  for (const [run] of part.matchAll(UNSPACED)) {
    const characters = [...run];
    for (let at = 0; at + 1 < characters.length; at += 1) words.push(characters[at] + characters[at + 1]);
    words.push(characters.at(-1));
  }
  return words;
}

const NO_WORD = /[^\p{L}\p{N}]+/gu;

/** The form in which an id is compared as a whole: folded, without punctuation. */
export const idKey = (id) => fold(id).replace(NO_WORD, "");

/** The ids of a record whose end is searched too. */
export const idsOf = (record) =>
  [record.case_id, record.serial_number, record.contract_id, ...record.bugs, ...record.rmas].filter(Boolean);

/** The minimum length of a word that also matches the end of an id. */
export const MIN_END = 3;
