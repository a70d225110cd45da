import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { load } from "./load.mjs";

const { splitLinks } = await load("case/links.ts");
const { bugUrl } = await load("case/bug-search.ts");
const { splitNote } = await load("case/note-blocks.ts");
const { findAll, rangesOfParts } = await load("case/find-in-text.ts");

const links = (text, isCase) => splitLinks(text, isCase).filter(({ kind }) => kind !== "text");
const hrefs = (text) => links(text).map(({ href }) => href);

test("recognizes addresses, without the punctuation around them", () => {
  assert.deepEqual(hrefs("See https://example.com/a?b=c#d."), ["https://example.com/a?b=c#d"]);
  assert.deepEqual(hrefs("(http://example.com/a_(b)), and more"), ["http://example.com/a_(b)"]);
  assert.deepEqual(hrefs('<https://example.com>, "https://example.org/x"!'), [
    "https://example.com/",
    "https://example.org/x",
  ]);
  assert.deepEqual(hrefs("HTTPS://EXAMPLE.COM/A"), ["https://example.com/A"]);
  assert.deepEqual(hrefs("http://[2001:db8::1]:8080/x"), ["http://[2001:db8::1]:8080/x"]);
  assert.deepEqual(hrefs("https://example.com/path…"), ["https://example.com/path"]);
});

test("leaves alone what is no address of the web, or names a user before its host", () => {
  for (const text of [
    "javascript:alert(1)",
    "data:text/html,x",
    "xhttp://example.com",
    "http://",
    "http://.",
    "https://cisco.com@evil.example/",
    "ftp://example.com",
    "file:///etc/passwd",
    `https://example.com/${"a".repeat(3000)}`,
  ]) {
    assert.deepEqual(hrefs(text), [], text);
  }
});

test("does not let characters without a width or of a direction into an address", () => {
  assert.deepEqual(hrefs("https://example.com/a\u202egpj.exe"), ["https://example.com/a"]);
  assert.deepEqual(hrefs("https://example.com\u200b.evil.example"), ["https://example.com/"]);
});

test("recognizes bugs, and the cases that there are", () => {
  const parts = links(
    "Bug CSCab12345, cscab12346; not CSCab123456. Case 612345678, not 612345679 or 6123456780.",
    (id) => id === "612345678",
  );
  assert.deepEqual(
    parts.map(({ kind, text }) => [kind, text]),
    [
      ["bug", "CSCab12345"],
      ["bug", "cscab12346"],
      ["case", "612345678"],
    ],
  );
  assert.equal(bugUrl("CSCAB12345"), "https://bst.cloudapps.cisco.com/bugsearch/bug/CSCab12345");
  assert.equal(bugUrl("CSCab12345/../x"), undefined);
});

test("keeps every character of a text", () => {
  const pieces = [
    "http://",
    "https://a.b/",
    "(",
    ")",
    "]",
    ".",
    " ",
    "CSCab12345",
    "612345678",
    "@",
    "\n",
    "ü",
    "<",
    "\u202e",
  ];
  let state = 7;
  for (let round = 0; round < 3000; round++) {
    let text = "";
    for (let count = 0; count < 14; count++) {
      state = (state * 48271) % 2147483647;
      text += pieces[state % pieces.length];
    }
    const parts = splitLinks(text, () => true);
    assert.equal(parts.map((part) => part.text).join(""), text);
    for (const { href } of parts.filter(({ kind }) => kind === "link")) assert.match(href, /^https?:\/\/[^@/]+\//);
  }
});

// The time of one pass, as a multiple of that of a plain text of the same length; a quadratic scanner takes thousands of times as long.
for (const piece of ["((((http://", "http://a(", "http://a.b/) ", "https://", "612345678", "CSCab1234", "http://a@"]) {
  test(`takes linear time for a megabyte of ${JSON.stringify(piece)}`, () => isLinear(splitLinks, piece));
}

for (const piece of ["```\n```\n", "> a\n\n", "a#show x\n\n"]) {
  test(`splits a megabyte of ${JSON.stringify(piece)} in linear time`, () => isLinear(splitNote, piece));
}

test("marks a match that reaches over several parts in each of them", () => {
  const ranges = [
    [1, 2],
    [3, 9],
    [9, 10],
  ];
  assert.deepEqual(rangesOfParts(ranges, [4, 3, 5]), [
    [
      [1, 2],
      [3, 4],
    ],
    [[0, 3]],
    [
      [0, 2],
      [2, 3],
    ],
  ]);
  assert.deepEqual(rangesOfParts([], [4, 3]), [[], []]);
});

test("marks a match in each of many links in linear time", () => {
  isLinear((text) => {
    const parts = splitLinks(text, () => true);
    const found = rangesOfParts(
      findAll(text, "3"),
      parts.map((part) => part.text.length),
    );
    assert.equal(found.flat().length, Math.ceil((text.length - 2) / 10));
  }, "123456789 ");
});

function isLinear(run, piece) {
  const text = piece.repeat(Math.ceil(1_000_000 / piece.length));
  const best = (part) => Math.min(...[0, 1, 2].map(() => timed(() => run(part))));
  const tenth = best(text.slice(0, 100_000));
  const whole = best(text);
  assert.ok(whole < 40 * Math.max(tenth, 3), `${whole} ms for ten times the text of ${tenth} ms`);
}

/** Returns the milliseconds of processor time that a function takes: other work of the machine does not count. */
function timed(run) {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

const kinds = (note) => splitNote(note).map(({ kind, lines }) => `${kind} ${lines}`);

test("folds quoted mails", () => {
  assert.deepEqual(kinds("Thanks.\r\n> first\r\n> second\r\n\r\n> third\r\nBye"), ["prose 1", "quote 4", "prose 1"]);
  assert.deepEqual(kinds("Done.\n\nOn Fri, 27 Nov 2026 at 10:02, A. Person wrote:\nplease look\ninto it"), [
    "prose 2",
    "quote 3",
  ]);
  assert.deepEqual(kinds("Hi\n\nFrom: A\nSent: Friday\nTo: B\nSubject: C\n\nbody"), ["prose 2", "quote 6"]);
  assert.deepEqual(kinds("Hi\n-----Original Message-----\nx"), ["prose 1", "quote 2"]);
  assert.deepEqual(kinds("From: A\nSent: Friday\nTo: B\n\nA note that came in by mail"), ["prose 5"]);
  assert.deepEqual(kinds("From: here it works\nbut not there"), ["prose 2"]);
});

test("folds output of devices and tools", () => {
  const command = ["Switch-1#show interfaces status", "Port      Name    Status", "Gi1/0/1   uplink  connected", ""];
  assert.deepEqual(kinds(["Please see:", ...command, "So the port is up."].join("\n")), [
    "prose 1",
    "output 3",
    "prose 2",
  ]);
  const log = Array.from(
    { length: 6 },
    (_, at) => `*Nov 28 12:04:0${at}.123: %LINK-3-UPDOWN: Interface Gi1/0/1, changed state to down`,
  );
  assert.deepEqual(kinds(["It flaps:", ...log, "What now?"].join("\n")), ["prose 1", "output 6", "prose 1"]);
  assert.deepEqual(kinds(log.slice(0, 2).join("\n")), ["prose 2"], "two lines are part of the text");
  assert.deepEqual(kinds("a\n```\nx\n```\nb"), ["prose 1", "output 3", "prose 1"]);
  assert.deepEqual(kinds("We pay $ 100 > nothing.\nIs 5 > 3? Run it."), ["prose 2"]);
});

test("keeps every line of a note", () => {
  const pieces = [
    "> a",
    "",
    "text",
    "R1#show ver",
    "a  b  c",
    "```",
    "From: x",
    "Sent: y",
    "To: z",
    "----",
    "On 1 Jan 2026 x wrote:",
  ];
  let state = 11;
  for (let round = 0; round < 2000; round++) {
    const lines = [];
    for (let count = 0; count < 12; count++) {
      state = (state * 48271) % 2147483647;
      lines.push(pieces[state % pieces.length]);
    }
    const note = lines.join("\n");
    assert.equal(
      splitNote(note.replaceAll("\n", "\r\n"))
        .map(({ text }) => text)
        .join("\n"),
      note,
    );
  }
});

test("splits notes of hostile shapes in linear time", () => {
  for (const note of [
    "> ".repeat(500_000),
    "a  ".repeat(300_000),
    "```\n".repeat(20_000),
    "From: a\n".repeat(50_000),
    "\n".repeat(100_000),
  ]) {
    const whole = timed(() => splitNote(note));
    assert.ok(whole < 2000, `${whole} ms`);
  }
});

test("finds words without regard to case and accents, in units of the original", () => {
  const marked = (text, searched) => findAll(text, searched).map(([start, end]) => text.slice(start, end));
  assert.deepEqual(findAll("Link down, link up", "LINK"), [
    [0, 4],
    [11, 15],
  ]);
  assert.deepEqual(marked("İstanbul", "istanbul"), ["İstanbul"]);
  assert.deepEqual(marked("Die Straße brennt", "strasse"), ["Straße"]);
  assert.deepEqual(marked("Die Straße brennt", "stras"), ["Straß"]);
  assert.deepEqual(marked("Cafe\u0301 zu", "cafe"), ["Cafe\u0301"]);
  assert.deepEqual(marked("ΟΔΟΣ, οδός", "οδος"), ["ΟΔΟΣ", "οδός"]);
  assert.deepEqual(marked("👩‍👩‍👧 down", "down"), ["down"]);
  assert.deepEqual(marked("aaaa", "aa"), ["aa", "aa"]);
  assert.deepEqual(findAll("anything", "  "), []);
});
