// Folding, against JavaScript's own normalization. A store has a title of each character between two letters; the folded form by
// `String.prototype.normalize` must find the titles that fold so, and no others.

import assert from "node:assert/strict";
import { test } from "node:test";
import { script } from "./harness.mjs";

const { CaseStore } = await script("entry/store-node.js");

/** Letters without a decomposition, by the letters as which they are searched. */
const OWN_LETTERS = new Map(
  Object.entries({
    ...{ ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ħ: "h", ı: "i", ȷ: "j", ŧ: "t", ŋ: "n" },
    ...{ ĸ: "k", ƀ: "b", ɓ: "b", ɨ: "i", ʉ: "u", ɵ: "o", ƶ: "z", ƚ: "l", ς: "σ", "·": "", ʼ: "", ʾ: "", ـ: "" },
  }),
);

/** Blocks that fold to themselves: presentation forms, phonetic and letter-like characters, and everything above U+FFFF. */
const IDENTICAL = [
  [0x1d00, 0x1dbf],
  [0x2070, 0x209c],
  [0x2100, 0x2125],
  [0x212c, 0x214f],
  [0x2460, 0x24ff],
  [0xfb1d, 0xfdff],
  [0xfe70, 0xfefe],
  [0x10000, 0x10ffff],
];

const SCRIPTS = ["Latin", "Greek", "Cyrillic", "Hebrew", "Arabic", "Armenian", "Georgian"];

/** Letters of Unicode 17, which the table of Unicode 16 does not have, and runtimes may have. */
const LATER = "\ua7ce\ua7cf\ua7d2\ua7d4\ua7f1";

/** The letters of the scripts whose case and accents are ignored. */
function letters() {
  const isOfScript = new RegExp(`^[${SCRIPTS.map((name) => `\\p{Script=${name}}`).join("")}]$`, "u");
  const found = [];
  for (let code = 0; code <= 0xffff; code += 1) {
    const letter = String.fromCharCode(code);
    const isLetter = /^\p{L}$/u.test(letter) && !LATER.includes(letter) && isOfScript.test(letter);
    if (isLetter && !IDENTICAL.some(([first, last]) => code >= first && code <= last)) found.push(letter);
  }
  return found;
}

function fold(letter) {
  let folded = letter;
  // Twice, since lower case may have marks (İ).
  for (let turn = 0; turn < 2; turn += 1) folded = folded.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  folded = Array.from(folded, (one) => OWN_LETTERS.get(one) ?? one).join("");
  // A part that is no letter, such as the space of "ͺ", would divide the word.
  return /^\p{L}*$/u.test(folded) ? folded : letter;
}

test("every character of the scripts that are folded folds as normalization does", async (t) => {
  const store = await CaseStore.open({ now: "2026-06-01T12:00:00Z" });
  const all = letters();
  const idOf = (letter) => String(600_000_000 + letter.charCodeAt(0));
  store.apply(all.map((letter) => ({ case_id: idOf(letter), title: `q${letter}q`, severity: 1 })));
  const groups = Map.groupBy?.(all, fold) ?? grouped(all, fold);
  const wrong = [];
  for (const [folded, group] of groups) {
    const { cases } = store.query({ where: { text: `q${folded}q` }, sort: { by: "case_id" }, limit: 10_000 });
    const wanted = group.map(idOf).sort();
    const got = cases.map(({ case_id }) => case_id);
    if (got.join() !== wanted.join()) wrong.push([folded, group.join(""), cases.map(({ title }) => title[1]).join("")]);
  }
  t.diagnostic(`${all.length} letters, which fold to ${groups.size}`);
  assert.deepEqual(wrong, []);
  assert.ok(all.length > 2400 && groups.size < 1100);
  await store.close();
});

test("voiced kana and Hangul are letters of their own, however they are composed", async () => {
  const store = await CaseStore.open({ now: "2026-06-01T12:00:00Z" });
  const texts = ["カ", "ガ", "ハ", "バ", "パ", "か", "が", "한", "하", "국"];
  store.apply(texts.map((title, at) => ({ case_id: String(600_000_000 + at), title, severity: 1 })));
  for (const text of texts) {
    for (const form of ["NFC", "NFD", "NFKC", "NFKD"]) {
      const { cases } = store.query({ where: { text: text.normalize(form) } });
      const titles = cases.map(({ title }) => title).sort();
      assert.ok(titles.includes(text), `${text} in ${form}`);
      assert.ok(titles.length <= 2, `${text} in ${form}: ${titles}`);
    }
  }
  await store.close();
});

/** `Map.groupBy`, which older versions of Node lack. */
function grouped(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
