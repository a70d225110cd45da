// Bulk calls of the packed package against the sandbox.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CaseClient, checkAllCases, isOpen } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";

const rateLimit = { perSecond: 0, perMinute: 0, perDay: 0 };

async function setUp(options = {}) {
  const sandbox = await createSandbox({ cases: 3000, seed: 5, ...options });
  const seen = { requests: 0, most: 0, flying: 0 };
  const fetch = async (url, init) => {
    seen.requests += 1;
    seen.flying += 1;
    seen.most = Math.max(seen.most, seen.flying);
    try {
      return await sandbox.fetch(url, init);
    } finally {
      seen.flying -= 1;
    }
  };
  const client = new CaseClient({ fetch, baseUrl: sandbox.baseUrl, token: "synthetic", rateLimit, maxRetries: 0 });
  return { sandbox, client, seen, contract_ids: sandbox.info().contract_ids };
}

const all = async (iterable) => {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
};
const ids = (cases) => cases.map((one) => one.case_id).sort();
const from = "2024-03-01T00:00:00Z";

/** Reads all cases of some contracts by the plain call. */
async function truth(client, contract_ids, status_flag) {
  const cases = [];
  for (const id of contract_ids)
    cases.push(...(await all(client.casesByContract({ contract_ids: [id], status_flag }))));
  return cases;
}

test("a bulk read returns every case of any number of contracts once", async () => {
  const { client, contract_ids, seen } = await setUp();
  const expected = ids(await truth(client, contract_ids));
  const allCases = client.allCases(
    { contract_ids: [...contract_ids, contract_ids[0]], date_created_from: from },
    { concurrency: 4 },
  );
  seen.most = 0;
  assert.deepEqual(ids(await all(allCases)), expected);
  assert.ok(seen.most > 1 && seen.most <= 4, `${seen.most} at once`);
  const pages = await all(client.allCases({ contract_ids, date_created_from: from }).pages());
  assert.deepEqual(ids(pages.flatMap((page) => page.cases)), expected);
  assert.ok(pages.every((page) => page.cases.length > 0 && Array.isArray(page.issues)));
  await assert.rejects(all(allCases), { kind: "invalid_request" });
});

test("with concurrency 1 date windows are read in order, and each list by update time", async () => {
  const { client, contract_ids, seen } = await setUp();
  for (const order of ["newest", "oldest"]) {
    const allCases = client.allCases(
      { contract_ids: contract_ids.slice(0, 10), date_created_from: from, date_created_to: "2026-06-01T00:00:00Z" },
      { concurrency: 1, order },
    );
    const cases = await all(allCases);
    const window = (one) => Math.floor((Date.parse(one.creation_date) - Date.parse(from)) / (90 * 86400e3));
    const windows = [...new Set(cases.map(window))];
    assert.deepEqual(
      windows,
      [...windows].sort((a, b) => (order === "newest" ? b - a : a - b)),
    );
    for (const nth of windows) {
      const dates = cases.filter((one) => window(one) === nth).map((one) => one.updated_date);
      assert.deepEqual(dates, [...dates].sort().reverse());
    }
  }
  assert.ok(seen.requests > 0);
});

test("a bulk read resumes after a crash at any point, without loss or repetition", async () => {
  const { client, contract_ids } = await setUp();
  const params = { contract_ids, date_created_from: from };
  const expected = ids(await all(client.allCases(params)));
  const got = [];
  let resume;
  for (let part = 0; part < 60; part += 1) {
    const allCases = client.allCases(params, { resume });
    let left = 1 + ((part * 37) % 180);
    let ended = true;
    for await (const one of allCases) {
      got.push(one);
      // A resume token can be saved at any time; here before the next case.
      resume = allCases.resumeToken();
      if (--left === 0) {
        ended = false;
        break;
      }
    }
    // The token is still available after the iteration has ended, with the same coverage.
    if (!ended && part % 2 === 0) resume = allCases.resumeToken();
    // A round trip through JSON preserves the token.
    resume = JSON.stringify(JSON.parse(resume));
    if (ended) break;
  }
  assert.deepEqual(ids(got), expected);
  await assert.rejects(
    all(client.allCases({ contract_ids: ["1"], date_created_from: from }, { resume })),
    (error) => error.problems[0].field === "resume",
  );
});

test("without ids nothing is requested", async () => {
  const { client, contract_ids } = await setUp();
  await client.caseSummary({ case_ids: ["709999999"] }).catch(() => {});
  const used = client.budget().minute.used;
  assert.ok(contract_ids.length > 0);
  const details = client.allDetails([]);
  const calls = [
    client.allCases({ contract_ids: [] }),
    client.allCases({ case_ids: [] }),
    client.changes({ user_ids: [] }),
  ];
  for (const call of [details, ...calls]) assert.deepEqual(await all(call), []);
  assert.equal(details.done, true);
  assert.equal(client.budget().minute.used, used);
  assert.equal((await client.estimate({ contract_ids: [] })).requests, 0);
});

test("if every part failed with the same error, that error is thrown", async () => {
  const { client } = await setUp();
  const allCases = client.allCases({ case_ids: ["709999998", "709999999"] });
  await assert.rejects(all(allCases), { code: "CASE_NOTFOUND", kind: "not_found" });
  assert.equal(allCases.failures.length, 2);
});

test("cases by id have the requested order, and an unknown id omits only itself", async () => {
  const { client, sandbox, contract_ids } = await setUp();
  const known = ids(await truth(client, contract_ids.slice(0, 3))).reverse();
  const case_ids = [...known.slice(0, 50), "709999999", ...known.slice(50), known[0]];
  const allCases = client.allCases({ case_ids });
  const got = [];
  await assert.rejects(
    (async () => {
      for await (const one of allCases) got.push(one.case_id);
    })(),
    (error) => error.code === "INCOMPLETE" && error.cause.kind === "not_found",
  );
  assert.deepEqual(got, known);
  assert.deepEqual(
    allCases.failures.map((failure) => failure.ids),
    [["709999999"]],
  );
  assert.equal(allCases.failures[0].error.code, "CASE_NOTFOUND");
  const partial = client.allCases({ case_ids }, { partial: true });
  assert.equal((await all(partial)).length, known.length);
  assert.ok(sandbox.info().requests.received > 0);
});

test("failures are listed with their ranges, the rest is delivered, and a resumed read delivers the missing part", async () => {
  const { client, sandbox, contract_ids } = await setUp();
  const params = { contract_ids, date_created_from: from, date_created_to: "2026-06-01T00:00:00Z" };
  const expected = ids(await all(client.allCases(params)));
  sandbox.fault("UNKNOWN_FAILURE", { times: 3 });
  const allCases = client.allCases(params, { partial: true });
  const some = await all(allCases);
  assert.ok(some.length < expected.length);
  assert.ok(allCases.failures.length > 0);
  for (const failure of allCases.failures) {
    assert.ok(failure.ids.length > 0 && failure.date_created_from < failure.date_created_to);
    assert.equal(failure.error.kind, "unavailable");
  }
  const rest = await all(client.allCases(params, { resume: allCases.resumeToken() }));
  assert.deepEqual(ids([...some, ...rest]), expected);
});

test("a rejected batch without a culprit does not omit other cases", async () => {
  const { client, sandbox, contract_ids } = await setUp();
  const params = {
    contract_ids: contract_ids.slice(0, 20),
    date_created_from: "2025-01-01T00:00:00Z",
    date_created_to: "2026-06-02T00:00:00Z",
  };
  const expected = ids(await all(client.allCases(params)));
  for (const order of ["newest", "oldest"]) {
    sandbox.fault("INVALID_DATERANGE", { times: 1 });
    const allCases = client.allCases(params, { partial: true, order });
    const some = await all(allCases);
    assert.equal(allCases.failures.length, 1);
    const rest = await all(client.allCases(params, { resume: allCases.resumeToken() }));
    assert.deepEqual(ids([...some, ...rest]), expected);
  }
});

test("onProgress is called, and a signal ends the read", async () => {
  const { client, contract_ids, seen } = await setUp();
  const events = [];
  await all(
    client.allCases({ contract_ids, date_created_from: from }, { onProgress: (progress) => events.push(progress) }),
  );
  const last = events.at(-1);
  assert.equal(last.requests, events.length);
  assert.ok(events.every((one, at) => at === 0 || one.pages > events[at - 1].pages));
  assert.deepEqual([last.retries, last.etaMs], [0, 0]);
  const controller = new AbortController();
  const allCases = client.allCases({ contract_ids, date_created_from: from }, { signal: controller.signal });
  const before = seen.requests;
  await assert.rejects(
    (async () => {
      for await (const _ of allCases) controller.abort(new Error("the user left"));
    })(),
    (error) => error.name === "AbortError" && error.cause.message === "the user left",
  );
  const after = seen.requests;
  await sleep(20);
  assert.equal(seen.requests, after, "nothing is sent afterwards");
  assert.ok(after - before <= 20);
  assert.equal(typeof allCases.resumeToken(), "string");
});

test("leaving the loop leaves no timer and no request", async () => {
  const { client, contract_ids, seen } = await setUp();
  for await (const _ of client.allCases({ contract_ids, date_created_from: from })) break;
  await sleep(20);
  const after = seen.requests;
  await sleep(30);
  assert.equal(seen.requests, after);
  assert.equal(client.budget().concurrent.used, 0);
});

test("changes reports new, closed and removed open cases", async () => {
  const { client, sandbox, contract_ids, seen } = await setUp();
  const params = { contract_ids: contract_ids.slice(0, 20), status_flag: "O" };
  const held = new Map();
  const round = async (cursor) => {
    const changes = client.changes(params, cursor);
    const types = new Set();
    for await (const change of changes) {
      types.add(change.type);
      if (change.type === "changed") held.set(change.case_id, change.case.updated_date);
      else assert.ok(held.delete(change.case_id));
      if (change.type === "closed") assert.equal(isOpen(change.case), false);
      if (change.type === "gone") assert.equal(change.case, null);
    }
    return [changes.cursor(), types];
  };
  const [first] = await round();
  const before = seen.requests;
  const [second, none] = await round(first);
  assert.equal(seen.requests - before, 2, "two lists, a request each");
  assert.equal(none.size, 0);
  const [one, two, three] = [...held.keys()];
  sandbox.advance(60_000);
  sandbox.put({ case_id: one, status: "Closed", status_flag: "C" });
  sandbox.put({ case_id: two, contract_id: "99999999" });
  sandbox.put({ case_id: three, title: "Changed" });
  const [third, types] = await round(second);
  assert.deepEqual([...types].sort(), ["changed", "closed", "gone"]);
  const now = await truth(client, params.contract_ids, "O");
  assert.deepEqual([...held.keys()].sort(), ids(now));
  const { state, checked } = JSON.parse(third);
  assert.ok(checked.length >= 2 && state.length < 2048 * checked.length, `${state.length} for ${checked.length} lists`);
  assert.ok(
    checked.every((at) => Number.isInteger(at) && at > Date.parse("2026-01-01")),
    checked.join(),
  );
  const others = client.changes({ ...params, status_flag: "C" }, third);
  await assert.rejects(all(others), (error) => error.problems[0].field === "cursor");
});

test("a case that no longer matches the filter is reported as left, once", async () => {
  for (const criteria of [{ status_flag: "O" }, { date_created_from: from }]) {
    const { client, sandbox, contract_ids } = await setUp();
    const params = { contract_ids: contract_ids.slice(0, 20), ...criteria, where: { severity: [1, 2] } };
    const held = new Map();
    let cursor;
    const round = async () => {
      const changes = client.changes(params, cursor);
      const events = [];
      for await (const { type, case_id, case: one } of changes) {
        events.push([type, case_id]);
        if (type === "changed") held.set(case_id, one);
        else assert.ok(held.delete(case_id), `${type} is reported for a held case`);
        if (type === "left") assert.ok(one.severity > 2 && one.case_id === case_id);
        // An interrupted round resumes at its cursor.
        cursor = changes.cursor();
        if (events.length % 2 === 0) break;
      }
      cursor = changes.cursor();
      return events;
    };
    const rounds = async () => {
      const all = [];
      for (let events = await round(); events.length > 0; events = await round()) all.push(...events);
      return all.sort();
    };
    await rounds();
    const [one, two, three] = [...held.keys()];
    assert.ok(three);
    sandbox.advance(60_000);
    sandbox.put({ case_id: one, severity: 3 });
    sandbox.put({ case_id: two, severity: 2, title: "Changed" });
    sandbox.put({ case_id: three, severity: 4 });
    assert.deepEqual(
      await rounds(),
      [
        ["changed", two],
        ["left", one],
        ["left", three],
      ].sort(),
    );
    // A case that has left is not reported when it changes again; it is reported when it matches again.
    sandbox.advance(60_000);
    sandbox.put({ case_id: one, title: "Changed" });
    sandbox.put({ case_id: three, severity: 1 });
    assert.deepEqual(await rounds(), [["changed", three]]);
    const now = await truth(client, params.contract_ids, criteria.status_flag);
    const wanted = now.filter((each) => each.severity <= 2 && (criteria.status_flag || each.creation_date >= from));
    assert.deepEqual([...held.keys()].sort(), ids(wanted));
  }
});

test("every round reads every list, unless old lists rotate", async () => {
  const { client, contract_ids, seen } = await setUp();
  const params = { contract_ids: contract_ids.slice(0, 10), date_created_from: from };
  const first = client.changes(params);
  await all(first);
  const requests = async (options) => {
    const before = seen.requests;
    assert.deepEqual(await all(client.changes(params, first.cursor(), options)), []);
    return seen.requests - before;
  };
  const lists = JSON.parse(first.cursor()).checked.length;
  assert.equal(await requests(), lists);
  assert.equal(await requests({ older: "all" }), lists);
  assert.ok((await requests({ older: "rotate" })) < lists);
  await assert.rejects(all(client.changes(params, null, { older: "some" })), (error) => {
    const [{ field, expected }] = error.problems;
    return field === "older" && expected === '"all" or "rotate"';
  });
});

test("a cursor says which lists were never read, also if the round ended before them", async () => {
  const { client, contract_ids } = await setUp();
  const params = { contract_ids: contract_ids.slice(0, 10), date_created_from: from };
  const first = client.changes(params, null, { maxRequests: 1 });
  await all(first);
  const second = client.changes(params, first.cursor());
  await all(second);
  const [early, late] = [first, second].map((changes) => JSON.parse(changes.cursor()).checked);
  // Lists that were not begun are packed by their ids anew.
  assert.ok(early.length >= late.length && late.length > 2, `${early.length}, ${late.length}`);
  assert.ok(early.includes(0) && early.some((at) => at > 0), early.join());
  assert.ok(!late.includes(0), late.join());
});

test("changes of a sandbox are followed through a hundred rounds", async () => {
  const { client, sandbox, contract_ids } = await setUp({ movesPerHour: 2000 });
  const params = { contract_ids: contract_ids.slice(0, 30), date_created_from: "2025-06-01T00:00:00Z" };
  const held = new Map();
  let cursor;
  for (let round = 0; round < 100; round += 1) {
    const changes = client.changes(params, cursor, { maxRequests: 1000 });
    for await (const change of changes) held.set(change.case_id, change.case.updated_date);
    cursor = changes.cursor();
    sandbox.advance(120_000);
  }
  const changes = client.changes(params, cursor, { maxRequests: 1000 });
  for await (const change of changes) held.set(change.case_id, change.case.updated_date);
  const now = (await truth(client, params.contract_ids)).filter((one) => one.creation_date >= params.date_created_from);
  assert.deepEqual(new Map([...held].sort()), new Map(now.map((one) => [one.case_id, one.updated_date]).sort()));
});

test("a range without an end omits nothing if the local clock differs from the service's", async () => {
  const DAY = 86400e3;
  for (const [days, hasDate] of [-2, -1, 0, 1, 2, 400].flatMap((days) => [
    [days, true],
    [days, false],
  ])) {
    const now = new Date(Date.now() + days * DAY).toISOString();
    const sandbox = await createSandbox({ cases: 3000, seed: 5, now });
    const fetch = async (url, init) => {
      const { status, headers, body } = await sandbox.fetch(url, init);
      if (!hasDate) headers.delete("date");
      return new Response(body, { status, headers });
    };
    const make = () =>
      new CaseClient({ fetch, baseUrl: sandbox.baseUrl, token: "synthetic", rateLimit, maxRetries: 0 });
    const contract_ids = sandbox.info().contract_ids.slice(0, 12);
    const label = `${days} days ahead, with${hasDate ? "" : "out"} its date`;
    for (const since of [900, 30]) {
      const from = new Date(Date.parse(now) - since * DAY);
      const all_cases = await truth(make(), contract_ids);
      const expected = ids(all_cases.filter((one) => Date.parse(one.creation_date) >= from.getTime()));
      assert.ok(expected.length > 0);
      for (const order of ["newest", "oldest"]) {
        assert.deepEqual(
          ids(await all(make().allCases({ contract_ids, date_created_from: from }, { order }))),
          expected,
          label,
        );
      }
      const changes = make().changes({ contract_ids, date_created_from: from });
      assert.deepEqual(ids((await all(changes)).map((change) => change.case)), expected, label);
      // The next round reports cases created later, in a process without earlier contact to the service.
      const case_id = "709000001";
      const [contract_id, creation_date] = [contract_ids[3], sandbox.info().now];
      sandbox.put({ case_id, contract_id, creation_date, user_id: "directcust4" });
      const next = await all(make().changes({ contract_ids, date_created_from: from }, changes.cursor()));
      assert.ok(since === 30 || next.some((change) => change.case_id === case_id), label);
    }
  }
});

test("an estimate counts date windows by the service's time, if known", async () => {
  const sandbox = await createSandbox({ cases: 300, seed: 5, now: new Date(Date.now() + 400 * 86400e3).toISOString() });
  const client = new CaseClient({ ...sandbox.clientOptions });
  const params = { contract_ids: ["1"], date_created_from: new Date(Date.now() - 2 * 86400e3) };
  assert.equal((await client.estimate(params)).requests, 1);
  await client.casesByContract({ contract_ids: sandbox.info().contract_ids.slice(0, 1) });
  assert.equal((await client.estimate(params)).requests, 5);
});

test("details stop at a budget and resume", async () => {
  const { client, contract_ids, seen } = await setUp();
  const case_ids = ids(await truth(client, contract_ids.slice(0, 1)));
  const before = seen.requests;
  const some = client.allDetails(case_ids, { maxRequests: 10 });
  const first = await all(some);
  assert.deepEqual(
    first.map((one) => one.case_id),
    [...case_ids].reverse().slice(0, 10),
  );
  assert.ok(first.every((one) => one.notes.length > 0));
  assert.equal(seen.requests - before, 10);
  assert.equal(some.done, false);
  const more = client.allDetails(case_ids, { resume: some.resumeToken() });
  const rest = await all(more);
  assert.equal(more.done, true);
  assert.deepEqual(ids([...first, ...rest]), case_ids);
});

test("details are done only after everything was taken", async () => {
  const { client, sandbox } = await setUp();
  const case_ids = sandbox.info().case_ids.slice(0, 2);
  const broken = client.allDetails(case_ids);
  assert.equal(broken.done, false);
  for await (const _ of broken) break;
  assert.equal(broken.done, false, "the second was not taken");
  const last = client.allDetails(case_ids, { resume: broken.resumeToken() });
  for await (const one of last) {
    assert.equal(one.case_id, [...case_ids].sort()[0]);
    break;
  }
  assert.equal(last.done, true, "who leaves with the last has taken it");
  assert.deepEqual(await all(client.allDetails(case_ids, { resume: last.resumeToken() })), []);

  // An iterator with several pending `next()` calls that is then ended resolves all of them.
  const asked = client.allDetails(case_ids);
  const iterator = asked[Symbol.asyncIterator]();
  const [first, second] = await Promise.all([iterator.next(), iterator.next(), iterator.return()]);
  assert.deepEqual(ids([first.value, second.value]), [...case_ids].sort());
  assert.equal(asked.done, true);
  const ended = client.allDetails(case_ids);
  await ended[Symbol.asyncIterator]().return();
  assert.equal(ended.done, false, "it has not begun");

  // Failed ids stay pending; missing cases do not.
  sandbox.fault("UNKNOWN_FAILURE", { times: 1 });
  const failing = client.allDetails(case_ids, { partial: true, concurrency: 1 });
  assert.equal((await all(failing)).length, 1);
  assert.equal(failing.done, false);
  const again = client.allDetails(case_ids, { resume: failing.resumeToken() });
  assert.deepEqual(ids(await all(again)), [[...case_ids].sort()[1]]);
  assert.equal(again.done, true);
  const thrown = client.allDetails([...case_ids, "709999999"]);
  await assert.rejects(all(thrown), { code: "INCOMPLETE" });
  assert.equal(thrown.done, true);
});

test("missing cases count towards a budget and are reported once", async () => {
  const { client, sandbox, seen } = await setUp();
  const live = sandbox.info().case_ids.slice(0, 20);
  const gone = Array.from({ length: 6 }, (_, n) => String(709999990 + n));
  const before = seen.requests;
  const [got, events] = [[], []];
  let resume;
  let rounds = 0;
  for (let done = false; !done; rounds += 1) {
    const some = client.allDetails([...live, ...gone], { maxRequests: 6, partial: true, resume });
    got.push(...(await all(some)));
    events.push(...some.failures.flatMap((failure) => failure.ids));
    [done, resume] = [some.done, some.resumeToken()];
    assert.ok(rounds < 20);
  }
  assert.deepEqual(ids(got), [...live].sort());
  assert.deepEqual(events.sort(), gone);
  assert.deepEqual([rounds, seen.requests - before], [5, 26]);
});

test("cases that are missing from a response are reported once, also after an early exit", async () => {
  const { client, contract_ids } = await setUp();
  const known = ids(await truth(client, contract_ids.slice(0, 1))).slice(0, 50);
  const case_ids = ["709999998", ...known, "709999999"];
  const events = [];
  const got = [];
  let resume;
  for (let done = false; !done; ) {
    const allCases = client.allCases({ case_ids }, { partial: true, concurrency: 1, resume });
    let left = 7;
    done = true;
    for await (const one of allCases) {
      got.push(one.case_id);
      left -= 1;
      done = left > 0;
      if (!done) break;
    }
    events.push(...allCases.failures.map((failure) => failure.ids[0]));
    resume = allCases.resumeToken();
  }
  assert.deepEqual(got, known);
  assert.deepEqual(events, ["709999998", "709999999"]);
});

test("an estimate returns the number of requests", async () => {
  const { client, contract_ids, seen } = await setUp();
  const slow = new CaseClient({
    baseUrl: "https://unused.example",
    token: "x",
    rateLimit: { perSecond: 5, perMinute: 0, perDay: 100 },
  });
  const params = {
    contract_ids: contract_ids.slice(0, 30),
    date_created_from: "2025-06-01T00:00:00Z",
    date_created_to: "2026-05-31T00:00:00Z",
  };
  assert.deepEqual(await slow.estimate(params), { requests: 15, atLeastSeconds: 2, days: 1 });
  assert.deepEqual(
    await slow.estimate(
      { case_ids: Array.from({ length: 250 }, (_, n) => String(600000000 + n)) },
      { of: "allDetails" },
    ),
    {
      requests: 250,
      atLeastSeconds: 172800,
      days: 3,
    },
  );
  const before = seen.requests;
  const sampled = await client.estimate(params, { sample: 5 });
  assert.equal(seen.requests - before, 5);
  assert.ok(sampled.requests > 15, `${sampled.requests}`);
});

test("invalid parameters are rejected before anything is sent", async () => {
  const { client, seen } = await setUp();
  const sent = seen.requests;
  for (const [params, field] of [
    [{}, "contract_ids"],
    [{ contract_ids: "1" }, "contract_ids"],
    [{ contract_ids: ["1"], user_ids: ["a"] }, "user_ids"],
    [{ contract_ids: ["1"], date_created_from: "soon" }, "date_created_from"],
    [{ contract_ids: ["1"], where: { severity: 7 } }, "where.severity"],
    [{ contract_ids: ["1"], where: { severity: [] } }, "where.severity"],
    [{ contract_ids: ["1"], where: { status: [] } }, "where.status"],
    [{ contract_ids: ["1"], from: new Date() }, "from"],
  ]) {
    assert.ok(
      checkAllCases(params).some((problem) => problem.field === field),
      JSON.stringify(params),
    );
    await assert.rejects(all(client.allCases(params)), (error) =>
      error.problems.some((problem) => problem.field === field),
    );
  }
  assert.deepEqual(
    checkAllCases({
      contract_ids: Array.from({ length: 500 }, (_, n) => String(n + 1)),
      date_created_from: new Date(0),
    }),
    [],
  );
  for (const [options, field] of [
    [{ concurrency: 0 }, "concurrency"],
    [{ order: "up" }, "order"],
    [{ resume: 5 }, "resume"],
    [{ partial: "yes" }, "partial"],
    [{ onProgress: 5 }, "onProgress"],
    [{ maxBytes: 5 }, "options"],
    [{ timeoutMs: -1 }, "timeoutMs"],
    [{ signal: {} }, "signal"],
  ]) {
    const refused = (error) => error.problems.some((problem) => problem.field === field);
    await assert.rejects(
      async () => all(client.allCases({ contract_ids: ["1"], date_created_from: from }, options)),
      refused,
      JSON.stringify(options),
    );
  }
  // An option of another bulk call, or of a single call, is not accepted and ignored.
  for (const [name, call, missing] of [
    ["allCases", (options) => client.allCases({ contract_ids: ["1"] }, options), ["older", "maxRequests", "maxBytes"]],
    ["changes", (options) => client.changes({ contract_ids: ["1"] }, null, options), ["order", "resume", "maxBytes"]],
    ["allDetails", (options) => client.allDetails(["612345678"], options), ["order", "older", "batchSize"]],
  ]) {
    for (const option of missing) {
      const error = await all(call({ [option]: "newest" })).catch((error) => error);
      const [problem] = error.problems;
      assert.deepEqual([problem.field, problem.value], ["options", option], name);
      const listed = problem.expected.replace("one of ", "").split(", ");
      assert.ok(
        !listed.includes(option) &&
          ["concurrency", "partial", "onProgress", "signal"].every((one) => listed.includes(one)),
      );
      assert.equal(error.problems.length, 1);
    }
  }
  assert.throws(
    () => client.changes({ contract_ids: ["1"] }, 5),
    (error) => error.problems[0].field === "cursor",
  );
  assert.equal(seen.requests, sent);
});

test("many calls under a narrow rate limit wait in the queue without a timeout", async () => {
  const sandbox = await createSandbox({ cases: 300, seed: 5 });
  const client = new CaseClient({
    fetch: sandbox.fetch,
    baseUrl: sandbox.baseUrl,
    token: "synthetic",
    timeoutMs: 1200,
    rateLimit: { perSecond: 5, perMinute: 0, perDay: 0 },
  });
  const contract_ids = sandbox.info().contract_ids;
  const cases = await all(
    client.allCases(
      { contract_ids, date_created_from: "2025-01-01T00:00:00Z", status_flag: "O" },
      { concurrency: 12, batchSize: 1 },
    ),
  );
  assert.ok(cases.length > 0);
});
