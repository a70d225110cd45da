// The response cache of a gateway: cache keys, lifetimes, permission scopes, and immediate purging in all isolates.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { gateway, host, provider, service, undisturbed, until } from "./harness.mjs";

const RATE_LIMIT = { perSecond: 0, perMinute: 0, perDay: 0 };
const PORTAL = "https://portal.example";

let sandbox;
let login;
let upstream;
/** Four isolates with one Durable Object, with default options. */
let shared;
/** Gateways by their differing options. */
let special;
let contracts;
let users;
/** Open and closed cases of one contract. */
let cases;

const SPECIAL = {
  short: {
    cache: {
      openSeconds: 100,
      closedSeconds: 300,
      listSeconds: 100,
      closedListSeconds: 300,
      staleSeconds: 200,
      staleIfErrorSeconds: 0,
    },
  },
  off: { cache: false },
  zero: {
    cache: {
      openSeconds: 0,
      closedSeconds: 0,
      listSeconds: 0,
      closedListSeconds: 0,
      staleSeconds: 0,
      staleIfErrorSeconds: 0,
    },
  },
  small: { cache: { memoryBytes: 60_000 } },
  always: { noticeSeconds: 0 },
  brief: { permissionsTtlSeconds: 100 },
};
const KINDS = Object.keys(SPECIAL);

before(async () => {
  [sandbox, login] = await Promise.all([service(["--live"]), provider()]);
  ({ contract_ids: contracts, user_ids: users } = await sandbox.info());
  upstream = await counting();
  const permissions = {
    a: { contract_ids: contracts.slice(0, 6), user_ids: users.slice(0, 3) },
    same: { user_ids: users.slice(0, 3).reverse(), contract_ids: [...contracts.slice(0, 6)].reverse() },
    less: { contract_ids: contracts.slice(0, 2) },
    all: { contract_ids: "*", user_ids: "*" },
  };
  const common = { upstream: upstream.baseUrl, tokenUrl: sandbox.tokenUrl, jwks: login.uri, permissions };
  [shared, special] = await Promise.all([
    gateway({ ...common, isolates: 4, options: { rateLimit: RATE_LIMIT } }),
    gateway({
      ...common,
      each: Object.values(SPECIAL).map((options) => ({ OPTIONS: { rateLimit: RATE_LIMIT, ...options } })),
    }),
  ]);
  const found = await (await sandbox.get(`/cases/contracts/contract_ids/${contracts.slice(0, 2).join()}`)).json();
  const all = [
    ...found.cases,
    ...(await (await sandbox.get(`/cases/contracts/contract_ids/${contracts[0]}?status_flag=O`)).json()).cases,
  ];
  cases = {
    open: all.filter(({ status_flag }) => status_flag === "O").map(({ case_id }) => case_id),
    closed: all.filter(({ status_flag }) => status_flag === "C").map(({ case_id }) => case_id),
  };
});

after(async () => {
  await Promise.all([shared?.stop(), special?.stop()]);
  for (const one of [upstream, login, sandbox]) one?.stop();
});

beforeEach(() => sandbox.clear());

/** Starts a proxy of the service that counts requests and can hold responses back. */
async function counting() {
  const state = { cases: 0, paths: [], held: undefined, onRequest: () => {} };
  const made = await host(async (request, response) => {
    state.cases += 1;
    state.paths.push(request.url.replace("/case/v3", ""));
    const { held } = state;
    state.onRequest();
    const answer = await fetch(`${sandbox.address}${request.url}`, {
      headers: { authorization: request.headers.authorization },
    });
    const body = Buffer.from(await answer.arrayBuffer());
    await held;
    response
      .writeHead(answer.status, [...answer.headers].filter(([name]) => !/encoding|length|connection/.test(name)).flat())
      .end(body);
  });
  return { ...made, state, baseUrl: `${made.address}/case/v3` };
}

const list = (ids, query = "") => `/cases/contracts/contract_ids/${[ids].flat().join()}${query}`;
const details = (id) => `/cases/details/case_id/${id}`;
const summary = (ids, query = "") => `/cases/case_ids/${ids.join()}${query}`;

async function sendRequest(path, { of = shared, isolate = 0, role = "a", jwt, headers } = {}) {
  const response = await of.get(path, jwt ?? (await login.signIn(role)), { isolate, headers });
  const text = await response.text();
  const header = (name) => response.headers.get(name);
  return {
    status: response.status,
    text,
    found: header("x-cache"),
    age: Number(header("age")),
    control: header("cache-control"),
    headers: response.headers,
  };
}
const askOf = (kind, path, more) => sendRequest(path, { of: special, isolate: KINDS.indexOf(kind), ...more });

/** Holds responses of the service back until `release`. `arrived` resolves when it has received a request. */
function holdResponses() {
  const { state } = upstream;
  const held = Promise.withResolvers();
  const arrived = Promise.withResolvers();
  [state.held, state.onRequest] = [held.promise, arrived.resolve];
  const letPass = () => {
    [state.held, state.onRequest] = [undefined, () => {}];
  };
  const release = () => {
    letPass();
    held.resolve();
  };
  return { arrived: arrived.promise, letPass, release };
}

/** Returns a function that waits until a number of requests to an isolate wait for responses of the service. */
async function waiter(of, isolate) {
  const events = () => of.test("events", undefined, isolate);
  const { lookups: before } = await events();
  return async (count) => {
    // After its look-up, a request may ask the Durable Object whether its permissions are current.
    const allWait = async () => {
      const { lookups, calls } = await events();
      return lookups >= before + count && calls === 0;
    };
    await until(allWait, `${count} requests wait for a response of the service`);
  };
}

/** Sends requests at once to an isolate, and holds responses of the service back until all of them wait. */
async function sendAtOnce(requests, { of = shared, isolate }) {
  const allWait = await waiter(of, isolate);
  const held = holdResponses();
  const answers = Promise.all(requests.map((send) => send()));
  await held.arrived;
  await allWait(requests.length);
  held.release();
  return answers;
}

/** Counts the requests that the service receives while `work` runs. */
async function cost(work) {
  const before = upstream.state.cases;
  const result = await work();
  return [result, upstream.state.cases - before];
}

describe("a cached response", () => {
  test("is returned byte for byte, with its age and the browser's max-age", async () => {
    const path = list(contracts[0]);
    const [first, costs] = await cost(() => sendRequest(path));
    assert.deepEqual([first.status, first.found, costs], [200, "MISS", 1]);
    assert.match(first.control, /^private, max-age=(2\d|30)$/);
    assert.ok(first.headers.has("x-mashery-message-id"));
    await shared.advance(15_000);
    const [second, again] = await cost(() => sendRequest(path));
    assert.deepEqual([second.status, second.found, second.text, again], [200, "HIT", first.text, 0]);
    assert.ok(second.age >= first.age + 15 && second.age <= first.age + 25, `${first.age}, ${second.age}`);
    // The response states its maximum age and its age: a browser subtracts the one from the other.
    assert.equal(second.control, first.control);
    // Headers of the service's response to one request are not repeated for another.
    assert.ok(!second.headers.has("x-mashery-message-id"));
    assert.notEqual(second.headers.get("x-request-id"), first.headers.get("x-request-id"));
    assert.equal(second.headers.get("vary"), "Origin, Authorization");
  });

  test("is returned to another origin with that origin's CORS headers", async () => {
    const path = list(contracts[0], "?page_index=2");
    const [own, foreign] = [await sendRequest(path), await sendRequest(path, { headers: { origin: PORTAL } })];
    assert.deepEqual([own.found, foreign.found], ["MISS", "HIT"]);
    assert.ok(!own.headers.has("access-control-allow-origin"));
    assert.equal(foreign.headers.get("access-control-allow-origin"), PORTAL);
    for (const name of ["Retry-After", "X-Mashery-Message-ID", "X-Cache", "Age"]) {
      assert.ok(foreign.headers.get("access-control-expose-headers").includes(name), name);
    }
    assert.equal((await sendRequest(path)).headers.get("access-control-allow-origin"), null);
  });

  test("is found for any order of ids and parameters, and for explicit defaults", async () => {
    const [one, two] = contracts;
    const same = [
      list([one, two], "?status_flag=O&sort_by=UPDATED_DATE"),
      list([two, one], "?sort_by=UPDATED_DATE&status_flag=O"),
      list([two, one, one], "?status_flag=O&page_index=1"),
      list([`%20${two}`, one], "?status_flag=O"),
      list([one, two], "?status%5Fflag=O"),
      list([one, two], "?status_flag=O&"),
      list(
        [one, two].map((id) => `%${id.charCodeAt(0).toString(16)}${id.slice(1)}`),
        "?status_flag=O",
      ),
    ];
    const [founds, costs] = await cost(async () => {
      const all = [];
      for (const path of same) all.push((await sendRequest(path)).found);
      return all;
    });
    assert.deepEqual(founds, ["MISS", ...same.slice(1).map(() => "HIT")]);
    assert.equal(costs, 1);
    const others = [
      list([one, two], "?status_flag=C"),
      list([one, two]),
      list([one, two], "?status_flag=O&page_index=2"),
      list([one, two], "?status_flag=O&sort_by=STATUS"),
      list(one, "?status_flag=O"),
    ];
    for (const path of others) assert.equal((await sendRequest(path)).found, "MISS", path);
  });

  test("is not returned for no-cache, whose response is cached", async () => {
    const path = list(contracts[1], "?status_flag=O");
    await sendRequest(path);
    for (const value of ["no-cache", "no-store", "max-age=0", "max-age=0, no-cache"]) {
      const [{ found }, costs] = await cost(() => sendRequest(path, { headers: { "cache-control": value } }));
      assert.deepEqual([found, costs], ["MISS", 1], value);
    }
    for (const value of ["max-age=60", "private", "only-if-cached"])
      assert.equal((await sendRequest(path, { headers: { "cache-control": value } })).found, "HIT", value);
  });

  test("is found in other isolates of the same data centre", async () => {
    const path = list(contracts[1], "?sort_by=STATUS");
    assert.equal((await sendRequest(path, { isolate: 0 })).found, "MISS");
    await shared.settled(0);
    const [founds, costs] = await cost(async () => {
      const all = [];
      for (const isolate of [1, 2, 3]) all.push((await sendRequest(path, { isolate })).found);
      return all;
    });
    assert.deepEqual([founds, costs], [["HIT", "HIT", "HIT"], 0]);
  });

  test("is shared by users with equal permissions only", async () => {
    const path = list(contracts[0], "?sort_by=STATUS");
    assert.equal((await sendRequest(path)).found, "MISS");
    assert.equal((await sendRequest(path, { jwt: await login.signIn("a", { subject: "a-colleague" }) })).found, "HIT");
    assert.equal((await sendRequest(path, { role: "same" })).found, "HIT");
    assert.equal((await sendRequest(path, { role: "less" })).found, "MISS");
    assert.equal((await sendRequest(path, { role: "all" })).found, "MISS");
    assert.equal((await sendRequest(path, { role: "all" })).found, "HIT");
  });

  test("is not stored for rejected and failed requests", async () => {
    const path = list(contracts[2], "?status_flag=O");
    await sandbox.fault("html_error");
    const [failed, costs] = await cost(() => sendRequest(path));
    await sandbox.clear();
    assert.deepEqual([failed.status, failed.found, failed.control, costs], [502, null, "no-store", 2]);
    assert.equal((await sendRequest(path)).found, "MISS");
  });
});

describe("lifetime", () => {
  const maxAge = ({ control }) => Number(/max-age=(\d+)/.exec(control)?.[1] ?? 0);
  test("is shorter for open cases than for closed ones, and for lists than for lists of closed cases", async () => {
    const [open, closed] = [cases.open[0], cases.closed[0]];
    const table = [
      ["details, open", details(open), 30],
      ["details, closed", details(closed), 3600],
      ["summary, open", summary([open]), 30],
      ["summary, closed", summary([closed, cases.closed[1]]), 3600],
      ["summary, one of them open", summary([closed, open]), 30],
      ["list", list(contracts[0], "?page_index=3"), 30],
      ["list of open cases", list(contracts[0], "?status_flag=O"), 30],
      ["list of closed cases", list(contracts[0], "?status_flag=C"), 300],
      ["users' list", `/cases/users/user_ids/${users[0]}`, 30],
    ];
    for (const [description, path, seconds] of table) {
      const answer = await sendRequest(path, { headers: { "cache-control": "no-cache" } });
      assert.equal(answer.status, 200, `${description}: ${answer.text.slice(0, 200)}`);
      assert.ok(maxAge(answer) <= seconds && maxAge(answer) >= seconds - 10, `${description}: ${answer.control}`);
    }
  });

  test("a stale response is returned during staleSeconds while one request revalidates it", async () => {
    const path = list(contracts[0], "?page_index=4");
    const isolate = KINDS.indexOf("short");
    await askOf("short", path);
    await special.advance(150_000, isolate);
    await special.settled(isolate);
    await special.audit(isolate);
    let entries;
    const held = holdResponses();
    const [answers, costs] = await cost(async () => {
      const all = await Promise.all(Array.from({ length: 12 }, () => askOf("short", path)));
      await held.arrived;
      held.release();
      // The entry of the request that started the refresh is the last one.
      entries = await special.audit(isolate, 12);
      return all;
    });
    assert.deepEqual(
      entries.map(({ cache, attempts }) => `${cache} ${attempts}`),
      [...Array(11).fill("STALE 0"), "STALE 1"],
    );
    assert.deepEqual([...new Set(answers.map(({ found }) => found))], ["STALE"]);
    assert.equal(costs, 1);
    for (const { age, control } of answers) assert.deepEqual([age >= 150, control], [true, "private, no-cache"]);
    assert.equal((await askOf("short", path)).found, "HIT");
    await special.advance(330_000, isolate);
    const [late, anew] = await cost(() => askOf("short", path));
    assert.deepEqual([late.found, anew], ["MISS", 1], "beyond that it is gone");
  });

  test("nothing is stored if the cache is disabled", async () => {
    const path = list(contracts[0], "?page_index=2");
    const [answers, costs] = await cost(async () => [
      await askOf("off", path),
      await askOf("off", path),
      await askOf("off", path),
    ]);
    assert.deepEqual([answers.map(({ found }) => found), costs], [["MISS", "MISS", "MISS"], 3]);
  });

  test("with a lifetime of zero equal requests are joined, and nothing is stored", async () => {
    const path = list(contracts[0], "?page_index=2");
    assert.deepEqual([(await askOf("zero", path)).found, (await askOf("zero", path)).found], ["MISS", "MISS"]);
    const requests = Array.from({ length: 6 }, () => () => askOf("zero", path));
    const [answers, costs] = await cost(() => sendAtOnce(requests, { of: special, isolate: KINDS.indexOf("zero") }));
    assert.equal(costs, 1);
    assert.deepEqual(answers.map(({ found, status }) => `${status} ${found}`).sort(), [
      "200 MISS",
      ...Array(5).fill("200 SHARED"),
    ]);
    assert.ok(answers.every(({ control }) => control === "private, no-cache"));
  });

  test("the memory of an isolate is limited, and the data centre's cache stores the rest", async () => {
    // A page has about 40 KB, more than a quarter of this cache's capacity: the memory cache stores no page, and each
    // is served.
    const paths = [1, 2, 3, 4].map((page) => list(contracts[0], `?page_index=${page}&sort_by=STATUS`));
    for (const path of paths) assert.equal((await askOf("small", path)).found, "MISS");
    await special.settled(KINDS.indexOf("small"));
    for (const path of paths) assert.equal((await askOf("small", path)).found, "HIT");
  });
});

describe("equal concurrent requests", () => {
  test("cause one upstream request per isolate", async () => {
    const path = list(contracts[3]);
    const requests = Array.from({ length: 20 }, () => () => sendRequest(path, { isolate: 1 }));
    const [answers, costs] = await cost(() => sendAtOnce(requests, { isolate: 1 }));
    assert.equal(costs, 1);
    assert.deepEqual(answers.map(({ found }) => found).sort(), ["MISS", ...Array(19).fill("SHARED")]);
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    assert.equal(answers.filter(({ headers }) => headers.has("x-mashery-message-id")).length, 1);
  });

  test("cause one upstream request per permission set and per distinct request", async () => {
    const paths = [
      list(contracts[0], "?status_flag=C&page_index=2"),
      list(contracts[0], "?status_flag=C&page_index=3"),
    ];
    const roles = ["a", "same", "less", "all"];
    const requests = paths.flatMap((path) =>
      roles.flatMap((role) => [1, 2, 3].map(() => () => sendRequest(path, { role, isolate: 2 }))),
    );
    const [, costs] = await cost(() => sendAtOnce(requests, { isolate: 2 }));
    assert.equal(costs, 2 * 3, "two paths for three sets of permissions");
  });

  test("fail together, each with its own request id", async () => {
    const path = list(contracts[3], "?status_flag=O");
    await sandbox.fault("garbage_json");
    const requests = Array.from({ length: 8 }, () => () => sendRequest(path, { isolate: 3 }));
    const [answers, costs] = await cost(() => sendAtOnce(requests, { isolate: 3 }));
    await sandbox.clear();
    assert.equal(costs, 2);
    assert.ok(answers.every(({ status }) => status === 502));
    assert.equal(new Set(answers.map(({ text }) => JSON.parse(text).error.requestId)).size, 8);
  });

  test("get the response even if the first caller has disconnected", async () => {
    const path = list(contracts[4]);
    const leaving = new AbortController();
    const jwt = await login.signIn("a");
    const [answers, costs] = await cost(async () => {
      const allWait = await waiter(shared, 1);
      const held = holdResponses();
      const first = shared.get(path, jwt, { isolate: 1, signal: leaving.signal }).then(
        () => "answered",
        () => "gone",
      );
      await held.arrived;
      const others = Promise.all([1, 2, 3].map(() => sendRequest(path, { isolate: 1 })));
      await allWait(4);
      leaving.abort();
      const outcome = await first;
      held.release();
      return [outcome, ...(await others).map(({ status, found }) => `${status} ${found}`)];
    });
    assert.deepEqual(answers, ["gone", "200 SHARED", "200 SHARED", "200 SHARED"]);
    assert.equal(costs, 1);
  });
});

describe("invalidation", () => {
  const everywhere = async (path, more) => {
    const founds = [];
    for (const isolate of [0, 1, 2, 3]) {
      founds.push((await sendRequest(path, { isolate, ...more })).found);
      // The data centre's cache stores the response a moment after its delivery.
      await shared.settled(isolate);
    }
    return founds;
  };

  test("purge removes the responses of a contract in all isolates, and no others", async () => {
    const [one, two] = [contracts[1], contracts[2]];
    const [a, both, b] = [list(one), list([one, two]), list(two)];
    for (const path of [a, both, b]) {
      await sendRequest(path);
      await shared.settled(0);
      await everywhere(path);
    }
    await shared.test("purge", { contract_ids: [one] }, 2);
    for (const path of [a, both]) {
      const [founds, costs] = await cost(() => everywhere(path));
      // The first isolate sends a request; the others find its response in the cache.
      assert.deepEqual([founds[0], costs], ["MISS", 1], path);
      assert.ok(
        founds.slice(1).every((found) => found === "HIT"),
        founds.join(),
      );
    }
    assert.deepEqual(await everywhere(b), ["HIT", "HIT", "HIT", "HIT"]);
    await shared.test("purge", "everything", 1);
    for (const path of [a, both, b]) assert.equal((await sendRequest(path, { isolate: 3 })).found, "MISS");
  });

  test("purge of a contract also removes its cases by id", async () => {
    const [id] = cases.open;
    const contract = JSON.parse((await sendRequest(details(id))).text).contract_id ?? contracts[0];
    await sendRequest(summary([id]));
    await shared.test("purge", { contract_ids: [contract] });
    assert.deepEqual(
      [(await sendRequest(details(id))).found, (await sendRequest(summary([id]))).found],
      ["MISS", "MISS"],
    );
  });

  test("purge excludes responses in flight: a later request does not get them", async () => {
    const path = list(contracts[2], "?status_flag=C");
    const held = holdResponses();
    const [answers, costs] = await cost(async () => {
      const before = sendRequest(path, { isolate: 0 });
      await held.arrived;
      await shared.test("purge", { contract_ids: [contracts[2]] }, 1);
      await shared.advance(15_000);
      held.letPass();
      const after = await sendRequest(path, { isolate: 0 });
      held.release();
      return [await before, after];
    });
    assert.deepEqual([answers.map(({ found }) => found), costs], [["MISS", "MISS"], 2]);
    // A response requested before the purge does not overwrite one requested after it.
    await shared.settled(0);
    const { found, age } = await sendRequest(path, { isolate: 0 });
    assert.ok(found === "HIT" ? age < 15 : found === "MISS", `${found} ${age}`);
  });

  for (const [description, whose, subject] of [
    ["a subject", { subject: "leaver" }, "leaver"],
    ["everybody", "everybody", "one-of-all"],
  ]) {
    test(`revoke of ${description} drops permissions in all isolates, and cached responses with them`, async () => {
      const leaver = () => login.signIn("leaving", { subject });
      for (const isolate of [0, 1, 2, 3])
        await shared.test(
          "permissions",
          { table: { leaving: { contract_ids: [contracts[0]] }, a: { contract_ids: contracts } } },
          isolate,
        );
      const path = list(contracts[0], "?page_index=5");
      for (const isolate of [0, 1, 2, 3])
        assert.equal((await sendRequest(path, { isolate, jwt: await leaver() })).status, 200);
      const calls = async () => (await shared.test("permissions", {}, 0)).count;
      const before = await calls();
      for (const isolate of [0, 1, 2, 3])
        await shared.test("permissions", { table: { leaving: {}, a: { contract_ids: contracts } } }, isolate);
      // Their cached permissions still allow it.
      assert.equal((await sendRequest(path, { jwt: await leaver() })).status, 200);
      assert.equal(await calls(), before);
      await shared.test("revoke", whose, 3);
      const answers = await Promise.all(
        [0, 1, 2, 3].map(async (isolate) => sendRequest(path, { isolate, jwt: await leaver() })),
      );
      assert.deepEqual(
        answers.map(({ status }) => status),
        [403, 403, 403, 403],
      );
    });
  }

  test("revoke applies to continuous requests: none is answered by the old permissions", async () => {
    const table = (ids) =>
      Promise.all(
        [0, 1, 2, 3].map((isolate) =>
          shared.test("permissions", { table: { leaving: { contract_ids: ids } } }, isolate),
        ),
      );
    await table([contracts[0]]);
    const jwt = await login.signIn("leaving", { subject: "busy-leaver" });
    const path = list(contracts[0], "?page_index=5");
    let isOver = false;
    const answers = [];
    const busy = [0, 1, 2, 3].flatMap((isolate) =>
      [1, 2].map(async () => {
        while (!isOver) {
          const began = performance.now();
          const { status } = await sendRequest(path, { isolate, jwt });
          answers.push({ began, ended: performance.now(), status });
        }
      }),
    );
    const hasAnswers = async (list) => {
      await shared.settled(0);
      return list().length >= 8;
    };
    await until(() => hasAnswers(() => answers), "eight answers before the permissions are revoked");
    await table([]);
    const revoking = performance.now();
    await shared.test("revoke", { subject: "busy-leaver" });
    const resolved = performance.now();
    const late = () => answers.filter(({ began }) => began >= resolved);
    await until(() => hasAnswers(late), "eight answers after the permissions were revoked");
    isOver = true;
    await Promise.all(busy);
    const early = answers.filter(({ ended }) => ended < revoking);
    assert.ok(early.length >= 8 && early.every(({ status }) => status === 200), JSON.stringify(early));
    assert.deepEqual([...new Set(late().map(({ status }) => status))], [403]);
  });

  test("revoke applies immediately if each request reads the invalidation log", async () => {
    const isolate = KINDS.indexOf("always");
    const jwt = await login.signIn("a");
    const path = list(contracts[0]);
    assert.equal((await askOf("always", path, { jwt })).status, 200);
    await special.test("permissions", { table: { a: {} } }, isolate);
    assert.equal((await askOf("always", path, { jwt })).status, 200);
    const ms = await undisturbed(() => special.test("revoke", { subject: "a-user" }, isolate));
    assert.ok(ms < 700, `${ms} ms`);
    assert.equal((await askOf("always", path, { jwt })).status, 403);
  });

  test("changed permissions apply after their lifetime without revoke", async () => {
    const isolate = KINDS.indexOf("brief");
    const jwt = await login.signIn("a");
    const path = list(contracts[0]);
    assert.equal((await askOf("brief", path, { jwt })).status, 200);
    await special.test("permissions", { table: { a: {} } }, isolate);
    await special.advance(100_000, isolate);
    assert.equal((await askOf("brief", path, { jwt })).status, 403);
  });

  test("revoke and purge reject invalid arguments", async () => {
    for (const body of [{}, { subjects: "a" }, "all", null, { subject: 7 }])
      await assert.rejects(
        shared.test("revoke", body).then((answer) => assert.fail(JSON.stringify(answer))),
        JSON.stringify(body),
      );
    for (const body of [{}, { contract_ids: [] }, { contract_ids: [7] }, "all", null])
      await assert.rejects(
        shared.test("purge", body).then((answer) => assert.fail(JSON.stringify(answer))),
        JSON.stringify(body),
      );
  });
});
