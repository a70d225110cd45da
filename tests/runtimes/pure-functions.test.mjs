// The package's decisions in JavaScript, without the wasm, against those of Rust on random cases.
//
//   LOOKUPS   a file of cases, written by `cargo xtask test package-node`

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

// Modules that the package does not export, next to its entry.
const inside = (path) => import(new URL(`../${path}`, import.meta.resolve("cisco-support-case")));
const { explainRows } = await inside("client/explain-error.js");
const { isOpen, nextPageIndex, parseIds, previousPageIndex } = await inside("client/pure-functions.js");
const { callProblems, initialBudget, optionProblems } = await inside("client/check-options.js");
(await inside("bulk/client.js")).provideClient((await inside("client/for-bulk.js")).clientForBulk);
const { checkOptions, checkParams, encodeCall } = await inside("bulk/check.js");
const { estimateOf, planLists, sampleLists } = await inside("bulk/estimate.js");

const placeOf = ([inPage, hasProvider, hasCache], origin) => ({ inPage, origin, hasProvider, hasCache });

test("look-ups, page arithmetic and checks of options equal those in Rust", () => {
  const counts = { ids: 0, rows: 0, pages: 0, open: 0, problems: 0, budget: 0, calls: 0, bulk: 0, bulks: 0 };
  for (const line of readFileSync(process.env.LOOKUPS, "utf8").split("\n").filter(Boolean)) {
    const one = JSON.parse(line);
    if (one.ids) {
      assert.deepEqual(parseIds(one.text), one.ids, line);
      counts.ids += 1;
    } else if (one.rows) {
      assert.deepEqual(explainRows(one.code, one.status), one.rows, line);
      counts.rows += 1;
    } else if (one.pages) {
      assert.equal(nextPageIndex(...one.pages), one.next, line);
      assert.equal(previousPageIndex(...one.pages), one.previous, line);
      counts.pages += 1;
    } else if (Object.hasOwn(one, "call")) {
      const problems = callProblems(one.call, one.provider);
      if (JSON.stringify(problems) !== JSON.stringify(one.problems)) assert.deepEqual(problems, one.problems, line);
      counts.calls += 1;
    } else if (one.bulk) {
      const [ofParams, asked] = checkParams(JSON.stringify(one.params), one.bulk);
      const [ofOptions, told] = checkOptions(JSON.stringify(one.options), one.limits[0]);
      const problems = [...ofParams, ...ofOptions];
      if (JSON.stringify(problems) !== JSON.stringify(one.problems)) assert.deepEqual(problems, one.problems, line);
      counts.bulk += 1;
      if (one.asked) {
        const plain = (value) => JSON.parse(JSON.stringify(value));
        assert.deepEqual(plain(asked), one.asked, line);
        assert.deepEqual(plain(told), one.told, line);
        assert.equal(encodeCall(one.bulk, asked, told), one.lines, line);
        const [unixMs, pages, count] = one.at;
        const lists = planLists(asked, one.bulk, told.batch_size, unixMs);
        const { requests, atLeastSeconds, days } = estimateOf(lists, one.limits, pages);
        assert.deepEqual([requests, atLeastSeconds, days], one.takes, line);
        const sample = sampleLists(asked, lists, count).map((list) => [lists.call, list]);
        assert.deepEqual(sample, one.sample, line);
        counts.bulks += 1;
      }
    } else if (one.problems) {
      const problems = optionProblems(one.options, placeOf(one.here, one.origin));
      // In the same member order, too.
      if (JSON.stringify(problems) !== JSON.stringify(one.problems)) assert.deepEqual(problems, one.problems, line);
      counts.problems += 1;
      if (one.budget) {
        const [used, waiting, nextSlotInMs] = one.budget;
        const [second, minute, day, concurrent] = used.map(([limit, used, left]) => ({ limit, used, left }));
        const expected = { second, minute, day, concurrent, waiting, nextSlotInMs };
        assert.deepEqual(initialBudget(one.options), expected, line);
        counts.budget += 1;
      }
    } else {
      assert.equal(isOpen(one), one.open, line);
      counts.open += 1;
    }
  }
  const least = { ids: 20_000, rows: 5000, pages: 81, open: 27, problems: 20_000, budget: 1000, calls: 10_000 };
  Object.assign(least, { bulk: 20_000, bulks: 3000 });
  for (const [name, count] of Object.entries(least)) assert.ok(counts[name] >= count, `${name}: ${counts[name]}`);
});

test("strings with lone surrogates are converted as for wasm", () => {
  assert.deepEqual(parseIds("a\ud800b,\udfff;\ud83d\ude00 \ud801"), ["a\ufffdb", "\ufffd", "\u{1f600}"]);
  const [problem] = optionProblems({ "x\ud800": 1 }, placeOf([], ""));
  assert.equal(problem.value, "x\ufffd");
  assert.ok(problem.message.endsWith('got "x\ufffd"'));
});

test("long texts are checked in linear time", () => {
  const long = " ".repeat(1_000_000);
  const since = performance.now();
  for (const text of [
    long,
    `x${long}x`,
    `${long}é`,
    "@".repeat(1_000_000),
    "/".repeat(1_000_000),
    `https://${"a.".repeat(500_000)}`,
  ]) {
    parseIds(text);
    explainRows(text, 403);
    const options = { baseUrl: text, validation: text, headers: { x: text, [text]: "1" } };
    assert.ok(optionProblems(options, placeOf([], "")).length >= 2);
    optionProblems({ baseUrl: `http://${text}`, credentials: { clientId: text, tokenUrl: text } }, placeOf([], ""));
  }
  assert.ok(performance.now() - since < 5000);
});

test("problems of values without a JSON form have their own codes", () => {
  const deferred = (options, here = []) => {
    const fields = new Set();
    const problems = optionProblems(options, placeOf(here, ""), fields);
    return problems.map((problem) => [problem.field, fields.has(problem)]);
  };
  assert.deepEqual(deferred({ baseUrl: "/api/case" }), [["baseUrl", true]]);
  assert.deepEqual(deferred({ baseUrl: "api/case" }), [["baseUrl", false]]);
  assert.deepEqual(deferred({ credentials: {} }), [
    ["credentials.clientId", true],
    ["credentials.clientSecret", true],
  ]);
  assert.deepEqual(deferred({ credentials: { clientId: null, clientSecret: "" } }), [
    ["credentials.clientId", true],
    ["credentials.clientSecret", true],
  ]);
  assert.deepEqual(deferred({ credentials: { clientId: 5, clientSecret: " ", tokenUrl: "/token" } }), [
    ["credentials.clientId", false],
    ["credentials.clientSecret", true],
    ["credentials.tokenUrl", true],
  ]);
  assert.deepEqual(deferred({ credentials: { clientId: "i", clientSecret: "s" } }, [true]), [["credentials", false]]);
  assert.deepEqual(deferred({ tokn: "x" }), [["options", false]]);
  // Empty environment variables.
  assert.deepEqual(deferred({ token: " ", baseUrl: "" }), [
    ["baseUrl", true],
    ["token", true],
  ]);
  assert.deepEqual(deferred({ token: "a b" }), [["token", false]]);
});
