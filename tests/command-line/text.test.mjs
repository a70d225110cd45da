// Widths, escapes, tables, dates and proxies: the parts of the program that need no process.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { source, temporaryFolder } from "./harness.mjs";

const { escapeLine, escapeText } = await source("escape.ts");
const { fitText, padText, widthOf } = await source("text-width.ts");
const { fittedWidths } = await source("table.ts");
const { isColored } = await source("terminal.ts");
const { proxyFor } = await source("proxy.ts");
const { pastedCaseIds, readDate, readIdsFile } = await source("option-values.ts");
const { durationText, ProgressDisplay } = await source("progress.ts");

test("control characters, escape sequences and controls of direction are shown as code points", () => {
  const hostile = "a\u001b]52;c;Zm9v\u0007b\u009b2Jc\u202ed\u2069e\u{e0041}f\u200bg\u061ch\ufeffi\u0000";
  assert.equal(
    escapeLine(hostile),
    "a<U+001B>]52;c;Zm9v<U+0007>b<U+009B>2Jc<U+202E>d<U+2069>e<U+E0041>f<U+200B>g<U+061C>h<U+FEFF>i<U+0000>",
  );
  assert.equal(escapeLine("one\r\ntwo\tthree\rfour\u2028five"), "one two three four five");
  assert.equal(escapeText("one\r\ntwo\u001b[2J\n\u2028three"), "one\ntwo<U+001B>[2J\n\nthree");
  assert.equal(escapeLine("\ud83d and \udc00"), "<U+D83D> and <U+DC00>", "halves of a pair");
  assert.equal(escapeLine("Østprøve 漢字 👩‍👩‍👧 é"), "Østprøve 漢字 👩‍👩‍👧 é", "text stays what it is");
  for (let point = 0; point < 0xa0; point += 1) {
    const text = escapeLine(String.fromCodePoint(point));
    assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f]/, `U+${point.toString(16)}`);
  }
});

test("a text is cut between characters as a reader sees them, to the width of its column", () => {
  for (const text of [
    "plain ASCII text",
    "漢字漢字漢字漢字",
    "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧",
    "e\u0301".repeat(9),
    "🇨🇭🇩🇪🇦🇹🇫🇷",
    "Ø漢e\u0301👍🏽 and more",
  ]) {
    for (let columns = 0; columns <= 20; columns += 1) {
      const cut = fitText(text, columns);
      assert.ok(widthOf(cut) <= columns, `${cut} in ${columns}`);
      const kept = cut.replace(/…$/, "");
      const segments = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
      const beginnings = segments.map((_, index) => segments.slice(0, index).join("")).concat(text);
      assert.ok(beginnings.includes(kept), `${kept} is the beginning of ${text}`);
      assert.equal(widthOf(padText(cut, columns)), columns);
    }
  }
});

test("a text of a megabyte is cut without reading it to its end", () => {
  for (const [piece, count] of [
    ["x", 39],
    ["漢", 19],
    ["e\u0301", 39],
    ["👩‍👩‍👧", 19],
  ]) {
    assert.equal(fitText(piece.repeat(1_000_000), 40), `${piece.repeat(count)}…`);
  }
});

test("columns that may be cut are cut, the widest first, and columns are left out only then", () => {
  const columns = [{ title: "A" }, { title: "B", minWidth: 10 }, { title: "C", minWidth: 10 }, { title: "D" }];
  const widths = (natural, available) => fittedWidths(columns, natural, available);
  assert.deepEqual(widths([5, 20, 20, 5], 80), [5, 20, 20, 5]);
  assert.deepEqual(widths([5, 60, 20, 5], 80), [5, 44, 20, 5]);
  assert.deepEqual(widths([5, 60, 50, 5], 80), [5, 32, 32, 5]);
  assert.deepEqual(widths([5, 60, 50, 5], 36), [5, 10, 10, 5]);
  assert.deepEqual(widths([5, 60, 50, 5], 30), [5, 10, 11], "without the last column");
  assert.deepEqual(widths([5, 60, 50, 5], 3), [3]);
  for (let available = 1; available < 200; available += 7) {
    for (const natural of [
      [9, 3, 25, 90],
      [1, 200, 200, 1],
      [40, 40, 40, 40],
    ]) {
      const fitted = widths(natural, available);
      const total = fitted.reduce((sum, width) => sum + width, 2 * (fitted.length - 1));
      assert.ok(total <= available, `${fitted} in ${available}`);
    }
  }
});

test("colours are decided for each stream, by the table of precedence", () => {
  const cases = [
    ["always", {}, false, true],
    ["never", { FORCE_COLOR: "1" }, true, false],
    ["auto", { NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
    ["auto", { NO_COLOR: "", FORCE_COLOR: "1" }, false, true],
    ["auto", { FORCE_COLOR: "0" }, true, false],
    ["auto", { TERM: "dumb" }, true, false],
    ["auto", {}, true, true],
    ["auto", {}, false, false],
    ["auto", { NO_COLOR: "1" }, true, false],
    ["auto", { FORCE_COLOR: "" }, false, true],
  ];
  for (const [mode, environment, isTTY, expected] of cases) {
    assert.equal(isColored(mode, environment, { isTTY }), expected, JSON.stringify([mode, environment, isTTY]));
  }
});

test("the proxy of an address is that of its scheme, unless NO_PROXY names its host, and is told without credentials", () => {
  const url = new URL("https://apix.cisco.com/case/v3");
  const proxy = (environment, of = url) => proxyFor(of, environment);
  assert.equal(proxy({}), undefined);
  assert.equal(proxy({ HTTPS_PROXY: "http://user:secret@proxy.example:8080" }), "http://proxy.example:8080");
  assert.equal(
    proxy({ https_proxy: "http://lower.example", HTTPS_PROXY: "http://upper.example" }),
    "http://lower.example",
  );
  assert.equal(proxy({ HTTP_PROXY: "http://proxy.example" }), undefined, "of another scheme");
  for (const NO_PROXY of [
    "*",
    "apix.cisco.com",
    "cisco.com",
    ".cisco.com",
    "*.cisco.com",
    "a.example, cisco.com:443",
  ]) {
    assert.equal(proxy({ HTTPS_PROXY: "http://proxy.example", NO_PROXY }), undefined, NO_PROXY);
  }
  for (const NO_PROXY of ["", "isco.com", "cisco.com:8443", "other.example"]) {
    assert.equal(proxy({ HTTPS_PROXY: "http://proxy.example", NO_PROXY }), "http://proxy.example", NO_PROXY);
  }
  assert.doesNotMatch(String(proxy({ HTTPS_PROXY: "no address:secret@" })), /secret/);
});

test("dates are read as days, instants and times before now, and anything else is named", () => {
  const now = Date.parse("2026-06-01T12:00:00Z");
  const read = (text) => readDate("--since", text, now);
  assert.equal(read("2026-01-31"), "2026-01-31T00:00:00.000Z");
  assert.equal(read("2026-01-31T08:00:00+02:00"), "2026-01-31T06:00:00.000Z");
  assert.equal(read("30d"), "2026-05-02T12:00:00.000Z");
  assert.equal(read("12h"), "2026-06-01T00:00:00.000Z");
  assert.equal(read("2w"), "2026-05-18T12:00:00.000Z");
  for (const text of [
    "",
    "yesterday",
    "2026-02-30",
    "2026-02-30T08:00:00Z",
    "2026-02-29T23:59:59+02:00",
    "2026-04-31T00:00Z",
    "2026-13-01",
    "31.01.2026",
    "1",
    "30 d",
    "-3d",
    "2026-01-31T08:00:00",
  ]) {
    assert.throws(
      () => read(text),
      new RegExp(`--since: expected a date .*got "${text.replace(/[.+]/g, "\\$&")}"$`),
      text,
    );
  }
});

test("durations are told in seconds, minutes and hours", () => {
  assert.deepEqual([0, 400, 59_000, 60_000, 200_000, 7_500_000].map(durationText), [
    "0 s",
    "1 s",
    "59 s",
    "1 min",
    "3 min 20 s",
    "2 h 05 min",
  ]);
});

test("progress is drawn again on a terminal, and is a line every ten seconds elsewhere", () => {
  for (const isDrawn of [true, false]) {
    let now = 0;
    const written = [];
    const display = new ProgressDisplay(
      { columns: 60, write: (text) => written.push(text) },
      { isQuiet: false, isDrawn, now: () => now },
    );
    for (; now < 30_000; now += 50) display.show({ text: `${now} cases`, done: now / 60_000, leftMs: 60_000 - now });
    display.clear();
    if (isDrawn) {
      assert.ok(written.length > 250 && written.length < 310, `${written.length} times`);
      for (const line of written) assert.ok(line.startsWith("\r\u001b[K") && widthOf(line.slice(4)) < 60, line);
      assert.equal(written.at(-1), "\r\u001b[K");
    } else {
      assert.deepEqual(written, ["16 %: 10000 cases, about 50 s left\n", "33 %: 20000 cases, about 40 s left\n"]);
    }
  }
});

test("files of ids have any line ends, and may be in UTF-16 as Windows PowerShell redirects it", async () => {
  const path = join(temporaryFolder(), "ids.txt");
  const context = { signal: new AbortController().signal };
  const text = "1234567\r\n2195863, Østprøve\r\n";
  const swapped = Buffer.from(`\ufeff${text}`, "utf16le").swap16();
  for (const bytes of [text, `\ufeff${text}`, Buffer.from(`\ufeff${text}\r`, "utf16le"), swapped]) {
    writeFileSync(path, bytes);
    assert.deepEqual(await readIdsFile("--contracts", path, context), ["1234567", "2195863", "Østprøve"]);
  }
  // A file that was cut within a character.
  writeFileSync(path, Buffer.from("\ufeff1234567\n2", "utf16le").subarray(0, -1));
  assert.deepEqual(await readIdsFile("--contracts", path, context), ["1234567"]);
  const input = Readable.from([swapped.subarray(0, 5), swapped.subarray(5)]);
  assert.deepEqual(await readIdsFile("--users", "-", { ...context, input }), ["1234567", "2195863", "Østprøve"]);
});

test("the case ids of a mail are its words with a digit, without the punctuation around them", () => {
  const mail = "Hello Erika,\nplease see case 612345678 (and #701596119), or SR-60/1; not 612345678.\n-- \nMax";
  assert.deepEqual(pastedCaseIds(mail), ["612345678", "701596119", "SR-60/1"]);
});
