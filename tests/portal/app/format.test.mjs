import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { load } from "./load.mjs";

const { formatterOf, readerLocale, instantOf } = await load("ui/format.ts");
const { conditionsIn } = await load("cases/conditions.ts");
const { viewOf } = await load("app/view.ts");
const { balanced, isolated } = await load("ui/bidi.ts");
const { clockOffset, fetchNotingTime, noteServerTime, onClockOffset } = await load("ui/server-dates.ts");

const NOW = Date.parse("2026-11-28T12:04:00Z");

test("formats numbers and dates of a locale and a zone", () => {
  const english = formatterOf("en-GB", "utc");
  assert.equal(english.count(1143), "1,143");
  assert.equal(english.counted(1, "case"), "1 case");
  assert.equal(english.counted(0, "case"), "0 cases");
  assert.equal(english.counted(2, "bug has", "bugs have"), "2 bugs have");
  assert.equal(english.dateTime("2026-11-28T12:04:30Z"), "28 Nov 2026, 12:04");
  assert.equal(english.day("2026-11-28T23:59:30Z"), "28 Nov 2026");
  assert.equal(english.zoneName(NOW), "UTC");
  const german = formatterOf("de-DE", "utc");
  assert.equal(german.count(1143.5), "1.143,5");
  assert.equal(german.list(["a", "b"]), "a und b");
});

test("has a formatter once per locale and zone", () => {
  assert.equal(formatterOf("fr", "utc"), formatterOf("fr", "utc"));
  assert.notEqual(formatterOf("fr", "utc"), formatterOf("fr", "local"));
});

test("shows what is no date as it is, and a dash for nothing", () => {
  const { dateTime, ago } = formatterOf("en", "utc");
  assert.equal(dateTime("soon"), "soon");
  assert.equal(dateTime(null), "–");
  assert.equal(dateTime(""), "–");
  assert.equal(ago(null, NOW), "–");
  assert.equal(instantOf("soon"), undefined);
  assert.equal(instantOf(0), 0);
});

test("says how long ago, and never that something is in the future", () => {
  const { ago } = formatterOf("en", "utc");
  assert.equal(ago("2026-11-28T12:03:30Z", NOW), "now");
  assert.equal(ago("2026-11-28T12:01:00Z", NOW), "3 minutes ago");
  assert.equal(ago("2026-11-27T11:04:00Z", NOW), "1 day ago");
  assert.equal(ago("2026-11-26T12:05:00Z", NOW), "1 day ago", "47 hours, of which the calendar says two days");
  assert.equal(ago("2026-11-25T12:04:00Z", NOW), "3 days ago");
  assert.equal(ago("2024-12-15T12:04:00Z", NOW), "1 year ago", "not last year");
  assert.equal(ago("2026-11-28T12:09:00Z", NOW), "now", "the reader's clock is five minutes late");
});

test("says how long ago in few letters", () => {
  const { shortAgo } = formatterOf("en", "utc");
  assert.equal(shortAgo("2026-11-28T12:03:30Z", NOW), "now");
  assert.equal(shortAgo("2026-11-28T12:01:00Z", NOW), "3m ago");
  assert.equal(shortAgo("2026-11-27T11:04:00Z", NOW), "1d ago");
  assert.equal(shortAgo(null, NOW), "–");
});

test("names the zone that an instant has, and keeps days of UTC west of Greenwich", (t) => {
  const { TZ } = process.env;
  t.after(() => {
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
  });
  for (const [zone, locale, winter, summer] of [
    ["Europe/London", "en-GB", "GMT", "BST"],
    ["Europe/Berlin", "en-IE", "GMT+1", "GMT+2"],
    ["America/New_York", "en-US", "EST", "EDT"],
  ]) {
    process.env.TZ = zone;
    const { zoneName } = formatterOf(locale, "local");
    assert.deepEqual(
      [zoneName("2026-01-15T12:00:00Z"), zoneName(Date.parse("2026-07-15T12:00:00Z"))],
      [winter, summer],
    );
  }
  const format = formatterOf("en-US", "local");
  assert.equal(format.day("2026-03-01T00:00:00Z"), "Feb 28, 2026", "the reader's own day");
  assert.equal(format.utc.day("2026-03-01T00:00:00Z"), "Mar 1, 2026");
  const labels = (created) => conditionsIn(viewOf({ where: { created } }), format).map(({ label }) => label);
  assert.deepEqual(labels({ from: "2026-03-01T00:00:00Z" }), ["Created since Mar 1, 2026"]);
  assert.deepEqual(labels({ from: "2026-03-01T00:00:00Z", to: "2026-04-01T00:00:00.000Z" }), [
    "Created from Mar 1, 2026 to before Apr 1, 2026",
  ]);
  const [time] = labels({ from: "2026-11-18T14:30:00Z" });
  assert.match(time, /^Created since Nov 18, 2026, 9:30\sAM$/, "a time is no whole day");
});

test("formats durations", () => {
  const { duration, days } = formatterOf("en", "utc");
  assert.equal(duration(1200), "2 seconds");
  assert.equal(duration(0), "1 second");
  assert.equal(duration(5 * 60_000), "5 minutes");
  assert.equal(duration(3 * 3_600_000), "3 hours");
  assert.equal(days(1), "1 day");
});

test("takes the first locale that can be formatted", () => {
  assert.equal(readerLocale(["C", "de-AT", "en"]), "de-AT");
  assert.equal(readerLocale([]), "en");
});

test("balances controls of direction", () => {
  const plain = "בעיה 612345678";
  assert.equal(balanced(plain), plain);
  assert.equal(balanced("a\u2069b"), "ab", "an end without a beginning");
  assert.equal(balanced("a\u202eb"), "a\u202eb\u202c", "an override without an end");
  assert.equal(balanced("\u2067a\u202eb\u2069c"), "\u2067a\u202eb\u202c\u2069c", "an isolate ends what is in it");
  assert.equal(balanced("\u202aa\u202c\u202c"), "\u202aa\u202c");
  assert.equal(isolated("x\u2069"), "\u2068x\u2069");
  // Properties of every text: as many ends as beginnings, and balancing again changes nothing.
  for (let seed = 1; seed < 2000; seed++) {
    let state = seed;
    const text = Array.from({ length: 12 }, () => {
      state = (state * 48271) % 2147483647;
      return "ab\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"[state % 11];
    }).join("");
    const result = balanced(text);
    assert.equal(balanced(result), result);
    assert.equal(result.match(/[\u2066-\u2068]/g)?.length, result.match(/\u2069/g)?.length);
    assert.equal(result.match(/[\u202a\u202b\u202d\u202e]/g)?.length, result.match(/\u202c/g)?.length);
    assert.equal(result.replace(/[^ab]/g, ""), text.replace(/[^ab]/g, ""));
  }
});

test("42: a clock beside the server's is noticed beyond two minutes, and cached responses do not count", () => {
  const response = (ms) => new Response("", { headers: ms === null ? {} : { date: new Date(ms).toUTCString() } });
  const offsets = [];
  const stop = onClockOffset(() => offsets.push(clockOffset()));
  const first = response(NOW);
  assert.equal(noteServerTime(first, NOW), first);
  noteServerTime(response(null), NOW);
  noteServerTime(response(NOW), NOW + 90_000);
  assert.equal(clockOffset(), 0);
  // The clock is set back by five minutes: the latest date of several responses says so at once.
  noteServerTime(response(NOW + 300_000), NOW);
  assert.equal(clockOffset(), 300_000);
  noteServerTime(response(NOW - 3_600_000), NOW);
  assert.equal(clockOffset(), 300_000, "from a cache");
  // The clock is ahead by five minutes: all of several responses say so.
  for (let count = 0; count < 8; count++) noteServerTime(response(NOW - 300_000), NOW);
  assert.equal(clockOffset(), -300_000);
  for (let count = 0; count < 8; count++) noteServerTime(response(NOW), NOW);
  assert.equal(clockOffset(), 0);
  assert.deepEqual(offsets, [300_000, -300_000, 0]);
  stop();
});

test("takes the time from responses of the server only: those of the browser's cache are of another day", async (t) => {
  const yesterday = new Date(Date.now() - 86_400_000).toUTCString();
  t.mock.method(globalThis, "fetch", async () => new Response("", { headers: { date: yesterday } }));
  for (const init of [undefined, {}, { cache: "default" }]) {
    for (let count = 0; count < 8; count++) await fetchNotingTime("https://portal.example/", init);
  }
  assert.equal(clockOffset(), 0);
  for (let count = 0; count < 8; count++) await fetchNotingTime("https://portal.example/", { cache: "no-store" });
  assert.equal(clockOffset(), -86_400_000);
});
