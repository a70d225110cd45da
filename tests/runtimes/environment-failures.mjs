// Cases of a client with a misbehaving environment: its `fetch`, responses, signals, token providers and caches. They
// run in every runtime, so this file imports nothing: `run` gets the package, and throws if a case fails.

const ids = ["612345678"];
const EMPTY = '{"count":0,"cases":[]}';

const equal = (found, wanted, what) => {
  if (!Object.is(found, wanted)) throw new Error(`${what}: expected ${String(wanted)}, got ${String(found)}`);
};
const same = (found, wanted, what) => equal(JSON.stringify(found), JSON.stringify(wanted), what);
const truly = (condition, what) => {
  if (!condition) throw new Error(what);
};
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const respond = (body = EMPTY, status = 200, headers = {}) => new Response(body, { status, headers });
const buffer = (text) => new TextEncoder().encode(text).buffer;
const isPage = typeof document === "object";

/** Returns the rejection of a promise, which must be an error of this package. */
async function failure({ isCaseApiError }, call, what) {
  const error = await call.then(
    () => {
      throw new Error(`${what} resolved`);
    },
    (error) => error,
  );
  if (!isCaseApiError(error)) throw error;
  return error;
}

/** Makes a summary call with a given `fetch`. */
const summary = ({ CaseClient }, fetch, options = {}, call = undefined) =>
  new CaseClient({ fetch, ...options }).caseSummary({ case_ids: ids }, call);

const errorOf = (api, fetch, options, call, what = String(fetch)) =>
  failure(api, summary(api, fetch, options, call), what);

/** A detached buffer. */
function detached() {
  const gone = new ArrayBuffer(8);
  structuredClone(gone, { transfer: [gone] });
  return gone;
}

/** A test double of a response, with given members in place of the defaults. */
const double = (members = {}) => {
  const usual = { status: 200, headers: new Headers(), arrayBuffer: async () => new ArrayBuffer(2) };
  return Object.defineProperties(usual, Object.getOwnPropertyDescriptors(members));
};

/** A service whose list has five cases, two per page. */
function listOf(asked) {
  return async (url) => {
    const index = Number(new URL(url).searchParams.get("page_index") ?? 1);
    asked.push(index);
    const cases = ["1", "2", "3", "4", "5"]
      .slice(index * 2 - 2, index * 2)
      .map((id) => ({ case_id: id, severity: "3", updated_date: `2024-01-01T00:00:0${id}.000Z` }));
    const record = { last_index: 3, page_index: index, page_records: cases.length, total_records: 5 };
    return respond(JSON.stringify({ pagination_response_record: record, cases }));
  };
}

/** A signal that counts its listeners. */
function counted() {
  const controller = new AbortController();
  const { signal } = controller;
  const counts = { now: 0, most: 0 };
  const [add, remove] = [signal.addEventListener, signal.removeEventListener].map((method) => method.bind(signal));
  signal.addEventListener = (...args) => {
    counts.now += 1;
    counts.most = Math.max(counts.most, counts.now);
    add(...args);
  };
  signal.removeEventListener = (...args) => {
    counts.now -= 1;
    remove(...args);
  };
  return { controller, signal, counts };
}

/** A window or a context with classes of its own. */
function realm() {
  if (!isPage) return process.getBuiltinModule("node:vm").runInNewContext("globalThis");
  const frame = document.createElement("iframe");
  document.body.append(frame);
  return frame.contentWindow;
}

const CREDENTIALS = { clientId: "synthetic", clientSecret: "hidden", tokenUrl: "https://id.example/token" };

/** A `fetch` that grants tokens and accepts the granted ones; `asked` counts the grants. */
function granting(asked = { times: 0, bodies: [] }) {
  const fetch = async (url, init) => {
    if (init.method === "POST") {
      asked.times += 1;
      asked.bodies.push([url, init.body, init.headers["content-type"]]);
      return Response.json({ access_token: `granted-${asked.times}`, expires_in: 3600 });
    }
    return init.headers.authorization?.startsWith("Bearer granted-") ? respond() : respond("", 401);
  };
  return { fetch, asked };
}

export const cases = [];
const test = (name, run) => cases.push({ name, run });

test("an answer comes with its response, the number of requests and the time it waited", async (api) => {
  const response = respond('{"count":1,"cases":[{"case_id":"612345678","severity":"2"}]}');
  const told = await summary(api, async () => response).withResponse();
  same([told.data.count, told.data.cases[0].case_id, told.data.cases[0].severity], [1, "612345678", 2], "the records");
  equal(told.response, response, "the response");
  equal(told.response.bodyUsed, true, "whether its body was read");
  equal(told.attempts, 1, "attempts");
  truly(told.waitedMs >= 0 && told.waitedMs < 1000, `waited ${told.waitedMs} ms`);
});

test("fetch gets an address and a plain object", async (api) => {
  let seen;
  const fetch = async (...given) => {
    seen = given;
    return respond();
  };
  await summary(api, fetch, { token: "synthetic", headers: { "x-portal": "p" } });
  const [url, { signal, ...init }, ...more] = seen;
  equal(url, "https://apix.cisco.com/case/v3/cases/case_ids/612345678", "the address");
  const headers = { accept: "application/json", authorization: "Bearer synthetic", "x-portal": "p" };
  same(init, { method: "GET", headers, redirect: "manual" }, "the object");
  truly(signal instanceof AbortSignal && !signal.aborted, "the signal is none, or aborted");
  for (const object of [seen[1], init.headers]) equal(Object.getPrototypeOf(object), Object.prototype, "its prototype");
  same(more, [], "what came besides");
});

test("the runtime's own fetch is looked up at each request", async (api) => {
  const { CaseClient } = api;
  const own = globalThis.fetch;
  const client = new CaseClient({ token: "synthetic" });
  const hosts = [];
  try {
    for (const name of ["first", "second"]) {
      globalThis.fetch = async (url) => {
        hosts.push([name, new URL(url).host]);
        return respond();
      };
      await client.caseSummary({ case_ids: ids });
    }
  } finally {
    globalThis.fetch = own;
  }
  same(
    hosts,
    [
      ["first", "apix.cisco.com"],
      ["second", "apix.cisco.com"],
    ],
    "who was asked",
  );
});

test("a request without the cache of the runtime bypasses the one of a browser as well", async (api) => {
  let seen;
  const fetch = async (_, init) => {
    seen = init;
    return respond();
  };
  await summary(api, fetch, { headers: { "cache-control": "no-cache" } });
  same([seen.cache, "cache" in seen], isPage ? ["no-store", true] : [undefined, false], "the member cache");
  await summary(api, fetch, { headers: { "cache-control": "max-age=0" } });
  equal("cache" in seen, false, "whether there is one for another request");
  // Browsers ignore the request's `max-age`: the gateway evaluates it.
  await summary(api, fetch, { headers: { "cache-control": "max-age=30" } });
  same([seen.cache, "cache" in seen], isPage ? ["no-store", true] : [undefined, false], "the member cache by an age");
  equal("credentials" in seen, false, "whether cookies are spoken of");
  await summary(api, fetch, { fetchCredentials: "include" });
  equal(seen.credentials, "include", "the member credentials");
});

test("a redirect is not followed, and is an error", async (api) => {
  let requests = 0;
  const fetch = () => {
    requests += 1;
    return respond("", 302, { location: "https://elsewhere.invalid/" });
  };
  const error = await errorOf(api, fetch, { maxRetries: 0 });
  same([requests, error.status, error.code], [1, 302, "SIGN_IN_PAGE"], "requests, status, code");
  const near = await errorOf(api, () => respond("", 302, { location: "./elsewhere" }), { maxRetries: 0 });
  same(near.code, "REDIRECTED", "the code of one on the same host");
  // A browser's `fetch` hides the details of the redirect.
  const opaque = await errorOf(api, () => double({ status: 0, arrayBuffer: async () => new ArrayBuffer(0) }), {
    maxRetries: 0,
  });
  same([opaque.status, opaque.attempts, opaque.code], [null, 1, "SIGN_IN_PAGE"], "one that is hidden");
});

test("whatever fetch does is an error of the connection, and never a crash", async (api) => {
  const frozen = Object.freeze({ frozen: true });
  const bare = Object.create(null);
  const failing = [
    [
      () => {
        throw "thrown text";
      },
      "thrown text",
    ],
    [() => Promise.reject("rejected text"), "rejected text"],
    [() => Promise.reject(undefined), undefined],
    [() => Promise.reject(null), null],
    [() => Promise.reject(frozen), frozen],
    [() => Promise.reject(bare), bare],
    [
      () =>
        double({
          arrayBuffer() {
            throw "no body";
          },
        }),
      "no body",
    ],
    [
      () =>
        double({
          arrayBuffer: async () => {
            throw null;
          },
        }),
      null,
    ],
    [
      () =>
        double({
          get status() {
            throw "no status";
          },
        }),
      "no status",
    ],
    [
      () =>
        double({
          get headers() {
            throw "no headers";
          },
        }),
      "no headers",
    ],
    [
      () =>
        double({
          get arrayBuffer() {
            throw "no reader";
          },
        }),
      "no reader",
    ],
    [
      () => ({
        then(_, no) {
          no("a thenable");
        },
      }),
      "a thenable",
    ],
    [
      () => ({
        get then() {
          throw "a getter";
        },
      }),
      "a getter",
    ],
  ];
  for (const [fetch, cause] of failing) {
    const error = await errorOf(api, fetch, { maxRetries: 0 });
    same([error.kind, error.code, "cause" in error], ["network", "NETWORK", true], String(fetch));
    equal(error.cause, cause, String(fetch));
  }
  const none = [
    () => undefined,
    () => null,
    () => 5,
    () => "text",
    () => ({ status: 200 }),
    () => double({ status: "200" }),
    () => double({ status: Number.NaN }),
    () => double({ status: 65736 }),
    () => double({ status: -1 }),
    () => double({ headers: {} }),
    () => double({ headers: null }),
    () => double({ arrayBuffer: undefined }),
    () => double({ arrayBuffer: async () => undefined }),
    () => double({ arrayBuffer: async () => 4294967295 }),
    () => double({ arrayBuffer: async () => 2 ** 53 }),
    () => double({ arrayBuffer: async () => "text" }),
    () => double({ arrayBuffer: async () => ({ byteLength: 3 }) }),
    () => double({ arrayBuffer: async () => [1, 2, 3] }),
    () => double({ arrayBuffer: async () => detached() }),
    () => Object.create(Response.prototype),
  ];
  for (const fetch of none) {
    const error = await errorOf(api, fetch, { maxRetries: 0 });
    same([error.kind, error.cause instanceof Error], ["network", true], String(fetch));
  }
});

test("a response that only looks like one is read", async (api) => {
  const fetch = () => ({ status: 200, headers: { get: () => null }, arrayBuffer: () => buffer(EMPTY) });
  equal((await summary(api, fetch)).count, 0, "the count");
  for (const headers of [new Map(), new Headers()]) {
    equal((await summary(api, () => double({ headers, arrayBuffer: () => buffer(EMPTY) }))).count, 0, "the count");
  }
});

test("a response's odd headers cost nothing but themselves", async (api) => {
  for (const headers of [
    new Map([
      ["retry-after", 1],
      ["x-mashery-message-id", {}],
      ["date", null],
    ]),
    {
      get() {
        throw new Error("own");
      },
    },
    { get: () => ({}) },
    { get: () => Symbol("s") },
  ]) {
    const fetch = () => ({ status: 503, headers, arrayBuffer: async () => new ArrayBuffer(0) });
    const error = await errorOf(api, fetch, { maxRetries: 0 });
    same([error.kind, error.messageId, error.retryAfterMs], ["unavailable", null, null], "the error");
  }
});

test("errors of the service carry what the response says", async (api) => {
  const headers = {
    "X-Mashery-Message-ID": "message-1",
    "Retry-After": "1",
    "X-Mashery-Error-Code": "ERR_403_DEVELOPER_OVER_QPS",
  };
  const error = await errorOf(api, async () => respond("<h1>Developer Over Qps</h1>", 403, headers), { maxRetries: 0 });
  same(
    [error.kind, error.messageId, error.retryAfterMs, error.source, error.status],
    ["rate_limited", "message-1", 1000, "service", 403],
    "the error",
  );
});

test("a body that is too large, or none, is an error of the decoder", async (api) => {
  const { LIMITS } = api;
  const large = await errorOf(api, () => double({ arrayBuffer: async () => new ArrayBuffer(LIMITS.bodyBytes + 1) }), {
    maxRetries: 0,
  });
  equal(large.kind, "decode", "the kind for a large one");
  truly(!large.retryable, "a large one may be retried");
  const empty = await errorOf(api, () => respond(""), { maxRetries: 0 });
  equal(empty.kind, "decode", "the kind for an empty one");
});

test("a body that stalls ends with the time, and its request is aborted", async (api) => {
  let isAborted = false;
  const fetch = async (_, { signal }) => {
    signal.addEventListener("abort", () => {
      isAborted = true;
    });
    return new Response(
      new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('{"count":')) }),
    );
  };
  const error = await errorOf(api, fetch, { timeoutMs: 80 });
  same([error.kind, error.code, isAborted], ["timeout", "TIMEOUT", true], "the error, and whether it was aborted");
});

test("the time holds for the request and for the body too", async (api) => {
  const hangs = () => double({ arrayBuffer: () => new Promise(() => {}) });
  for (const fetch of [hangs, () => new Promise(() => {})]) {
    const error = await errorOf(api, fetch, { timeoutMs: 20 });
    same([error.kind, error.retryable], ["timeout", true], String(fetch));
    const own = await errorOf(api, fetch, {}, { timeoutMs: 20 });
    equal(own.kind, "timeout", `${fetch}, with the time of the call`);
  }
});

test("a body that comes after the call has ended is given up", async (api) => {
  const late = { pulled: 0, cancelled: false };
  const source = {
    pull(stream) {
      late.pulled += 1;
      stream.enqueue(new Uint8Array(1000));
    },
    cancel() {
      late.cancelled = true;
    },
  };
  const fetch = async () => {
    await pause(100);
    return new Response(new ReadableStream(source, { highWaterMark: 0 }));
  };
  equal((await errorOf(api, fetch, { timeoutMs: 20 })).kind, "timeout", "the kind");
  await pause(200);
  same(late, { pulled: 0, cancelled: true }, "the late body");
});

test("what comes late, and rejects at that, disturbs nobody", async (api) => {
  const late = [
    async () => {
      await pause(50);
      throw new Error("late");
    },
    async () => {
      await pause(50);
      return undefined;
    },
    async () => {
      await pause(50);
      return {
        body: {
          cancel() {
            throw new Error("late");
          },
        },
      };
    },
    async () => {
      await pause(50);
      return { body: { cancel: () => Promise.reject(new Error("late")) } };
    },
    async () => double({ arrayBuffer: () => pause(50).then(() => Promise.reject(new Error("late"))) }),
  ];
  const errors = await Promise.all(late.map((fetch) => errorOf(api, fetch, { timeoutMs: 20 })));
  same(
    errors.map(({ kind }) => kind),
    late.map(() => "timeout"),
    "the kinds",
  );
  await pause(100);
});

test("any reason to abort comes back as the cause", async (api) => {
  for (const reason of ["a text", undefined, null, 5, Object.freeze({ my: "reason" }), new Error("mine")]) {
    for (const when of ["before", "at once", "later"]) {
      let seen;
      const controller = new AbortController();
      const { signal } = controller;
      const fetch = (_, init) =>
        new Promise((_, reject) => {
          seen = init.signal;
          init.signal.addEventListener("abort", () => reject(init.signal.reason));
        });
      if (when === "before") controller.abort(reason);
      const call = errorOf(api, fetch, {}, { signal });
      if (when === "at once") controller.abort(reason);
      if (when === "later") setTimeout(() => controller.abort(reason), 10);
      const error = await call;
      same([error.kind, error.code, error.name], ["aborted", "ABORTED", "AbortError"], `${String(reason)}, ${when}`);
      equal(error.cause, signal.reason, `the cause for ${String(reason)}, ${when}`);
      // `fetch` gets a signal of the client, aborted without the caller's reason.
      if (when === "later") same([seen === signal, seen.reason.name], [false, "AbortError"], "the signal of fetch");
    }
  }
});

test("a call that is aborted before it begins sends nothing", async (api) => {
  let requests = 0;
  const fetch = () => {
    requests += 1;
    return respond();
  };
  const error = await errorOf(api, fetch, {}, { signal: AbortSignal.abort("early") });
  same([error.kind, error.cause, error.attempts, requests], ["aborted", "early", 0, 0], "the error, and requests");
});

test("a signal has one listener for all calls, and is left without any", async (api) => {
  const { CaseClient } = api;
  const { signal, counts } = counted();
  const client = new CaseClient({ rateLimit: { perSecond: 0 }, fetch: async () => pause(10).then(() => respond()) });
  const call = () => client.caseSummary({ case_ids: ids }, { signal });
  await Promise.all(Array.from({ length: 20 }, call));
  same(counts, { now: 0, most: 1 }, "listeners after calls that resolve");
  await failure(
    api,
    summary(api, () => Promise.reject("reset"), { maxRetries: 0 }, { signal }),
    "a call that fails",
  );
  equal(counts.now, 0, "listeners after a call that fails");
});

test("a signal that aborts ends all its calls, and those alone", async (api) => {
  const { CaseClient } = api;
  const { controller, signal, counts } = counted();
  const aborted = [];
  const client = new CaseClient({
    rateLimit: { perSecond: 0 },
    fetch: (_, init) =>
      new Promise((done, reject) => {
        init.signal.addEventListener("abort", () => {
          aborted.push(1);
          reject(new Error("aborted"));
        });
        setTimeout(() => done(respond()), 100);
      }),
  });
  const mine = [1, 2, 3].map(() => failure(api, client.caseSummary({ case_ids: ids }, { signal }), "a call"));
  const other = client.caseSummary({ case_ids: ids });
  setTimeout(() => controller.abort("enough"), 20);
  for (const error of await Promise.all(mine))
    same([error.kind, error.cause], ["aborted", "enough"], "an aborted call");
  equal((await other).count, 0, "the other's count");
  same([aborted.length, counts.now], [3, 0], "aborted requests, listeners");
});

test("a client that is freed during a call ends it well", async ({ CaseClient }) => {
  const client = new CaseClient({ fetch: async () => pause(10).then(() => respond()) });
  const pending = client.caseSummary({ case_ids: ids }).then(({ count }) => count);
  client.free();
  equal(await pending, 0, "the count");
});

test("a token provider may give it in every documented form", async (api) => {
  for (const token of [
    () => "given",
    async () => "given",
    () => ({ access_token: "given", expires_in: 3600 }),
    async () => ({ access_token: "given" }),
    () => ({
      then(yes) {
        yes("given");
      },
    }),
  ]) {
    const fetch = async (_, init) => (init.headers.authorization === "Bearer given" ? respond() : respond("", 401));
    equal((await summary(api, fetch, { token })).count, 0, String(token));
    equal((await summary(api, fetch, { token: "another" }, { token })).count, 0, `${token}, of the call`);
  }
});

test("a token provider that fails is the cause", async (api) => {
  const own = new Error("mine");
  for (const [token, cause] of [
    [
      () => {
        throw "why";
      },
      "why",
    ],
    [
      () => {
        throw own;
      },
      own,
    ],
    [
      async () => {
        throw undefined;
      },
      undefined,
    ],
    [
      () => ({
        then(_, no) {
          no("a thenable");
        },
      }),
      "a thenable",
    ],
    [
      () => ({
        get access_token() {
          throw "a getter";
        },
      }),
      "a getter",
    ],
  ]) {
    for (const [options, call] of [
      [{ token }, {}],
      [{}, { token }],
    ]) {
      const error = await errorOf(api, () => respond(), options, call);
      same([error.kind, error.code, "cause" in error], ["authentication", "NO_TOKEN", true], String(token));
      equal(error.cause, cause, String(token));
    }
  }
  for (const token of [
    () => 5,
    () => ({}),
    () => null,
    () => undefined,
    async () => "",
    () => "line\nbreak",
    () => [],
  ]) {
    for (const [options, call] of [
      [{ token }, {}],
      [{}, { token }],
    ]) {
      const error = await errorOf(api, () => respond(), options, call);
      same([error.kind, error.code, error.attempts], ["authentication", "NO_TOKEN", 0], String(token));
    }
  }
});

test("a token provider is asked once for all who wait, and each of them is told its failure", async (api) => {
  const { CaseClient } = api;
  let asked = 0;
  let token = async () => {
    asked += 1;
    await pause(20);
    return "given";
  };
  const client = () => new CaseClient({ token, fetch: async () => respond(), rateLimit: { perSecond: 0 } });
  const all = (client) => Array.from({ length: 10 }, () => client.caseSummary({ case_ids: ids }));
  await Promise.all(all(client()));
  equal(asked, 1, "questions");
  const own = new Error("mine");
  token = async () => {
    await pause(20);
    throw own;
  };
  for (const error of await Promise.all(all(client()).map((call) => failure(api, call, "a call")))) {
    same([error.code, error.cause === own], ["NO_TOKEN", true], "the error");
  }
});

test("a call that is aborted while its token is fetched leaves the token to the others", async (api) => {
  const { CaseClient } = api;
  let asked = 0;
  const token = async () => {
    asked += 1;
    await pause(60);
    return "given";
  };
  const client = new CaseClient({ token, fetch: async () => respond(), rateLimit: { perSecond: 0 } });
  const controller = new AbortController();
  const leaves = failure(api, client.caseSummary({ case_ids: ids }, { signal: controller.signal }), "the first");
  const stays = client.caseSummary({ case_ids: ids }).then(({ count }) => count);
  setTimeout(() => controller.abort("left"), 20);
  same([(await leaves).cause, await stays], ["left", 0], "the cause, the other's count");
  truly(asked <= 2, `asked ${asked} times`);
});

test("credentials are for servers only", async (api) => {
  const { CaseClient } = api;
  const { fetch, asked } = granting();
  let refused;
  try {
    const client = new CaseClient({ fetch, credentials: CREDENTIALS });
    await Promise.all([1, 2, 3].map(() => client.caseSummary({ case_ids: ids })));
    const form = "grant_type=client_credentials&client_id=synthetic&client_secret=hidden";
    same(asked.bodies, [[CREDENTIALS.tokenUrl, form, "application/x-www-form-urlencoded"]], "requests for a token");
  } catch (error) {
    if (!api.isCaseApiError(error)) throw error;
    refused = error;
  }
  equal(refused?.code, isPage ? "CREDENTIALS_IN_PAGE" : undefined, "the code");
  equal(JSON.stringify(refused ?? "").includes("hidden"), false, "whether the secret is shown");
});

test("a token cache that misbehaves is told to the logger, and breaks nothing", async (api) => {
  if (isPage) return;
  const get = (value) => ({ get: () => value, set() {} });
  const far = Date.now() + 3_600_000;
  const caches = [
    [get({ access_token: "granted-kept", expires_at: far }), 0],
    [get({ access_token: "granted-kept", expires_at: null }), 0],
    [get(Promise.resolve({ access_token: "granted-kept", expires_at: new Date(far).toISOString() })), 0],
    [get(null), 1],
    [get(undefined), 1],
    [get("text"), 1],
    [get({ access_token: 5, expires_at: far }), 1],
    [get({ access_token: "line\nbreak", expires_at: far }), 1],
    [get({ access_token: "granted-kept", expires_at: Date.now() - 1 }), 1],
    [get({ access_token: "granted-kept", expires_at: "never" }), 1],
    [
      {
        get() {
          throw new Error("down");
        },
        set() {},
      },
      1,
    ],
    [{ get: () => Promise.reject(new Error("down")), set() {} }, 1],
    [
      {
        get: () => null,
        set() {
          throw new Error("down");
        },
      },
      1,
    ],
    [{ get: () => null, set: () => Promise.reject(new Error("down")) }, 1],
    [
      {
        get: () => ({
          get access_token() {
            throw new Error("down");
          },
        }),
        set() {},
      },
      1,
    ],
  ];
  for (const [at, [tokenCache, times]] of caches.entries()) {
    const { fetch, asked } = granting();
    const told = [];
    const logger = { error: (line) => told.push(line) };
    equal(
      (await summary(api, fetch, { credentials: CREDENTIALS, tokenCache, logger })).count,
      0,
      `count with cache ${at}`,
    );
    await pause(0);
    equal(asked.times, times, `tokens granted with cache ${at}`);
    if (at >= 10 && at <= 13) equal(told.length, 1, `lines of the logger with cache ${at}`);
  }
});

test("a wrong call says everything that is wrong, and sends nothing", async (api) => {
  const { CaseClient } = api;
  let requests = 0;
  const fetch = () => {
    requests += 1;
    return respond();
  };
  const params = { contract_ids: ["1"], status_flag: "X" };
  const call = new CaseClient({ fetch }).casesByContract(params, { timeoutMs: "soon", signal: 5 });
  const { problems, attempts } = await failure(api, call, "the call");
  same(
    problems.map(({ field }) => field),
    ["status_flag", "signal", "timeoutMs"],
    "the fields",
  );
  same([attempts, requests], [0, 0], "attempts, requests");
});

test("a list gives every case, newest first, and reads its ends twice", async ({ CaseClient }) => {
  const asked = [];
  const found = [];
  for await (const { case_id } of new CaseClient({ fetch: listOf(asked) }).casesByContract({ contract_ids: ["1"] }))
    found.push(case_id);
  same([found.join(" "), asked], ["5 4 3 2 1", [1, 3, 2, 1, 3]], "cases, pages that were asked for");
});

test("a list that was awaited before goes on from its first page", async ({ CaseClient }) => {
  const asked = [];
  const call = new CaseClient({ fetch: listOf(asked) }).casesByContract({ contract_ids: ["1"] }, { order: "oldest" });
  same(
    (await call).cases.map(({ case_id }) => case_id),
    ["1", "2"],
    "the first page",
  );
  const found = [];
  for await (const { case_id } of call) found.push(case_id);
  same([found.join(" "), asked], ["1 2 3 4 5", [1, 2, 3]], "cases, pages that were asked for");
});

test("a bulk read gives every case, and goes on where it was broken off", async ({ CaseClient }) => {
  const client = new CaseClient({ fetch: listOf([]), rateLimit: { perSecond: 0 } });
  const params = { contract_ids: ["1"], status_flag: "O" };
  const found = [];
  let resume;
  for (let part = 0; part < 10; part += 1) {
    const allCases = client.allCases(params, { resume });
    let came = 0;
    for await (const { case_id } of allCases) {
      found.push(case_id);
      came += 1;
      resume = allCases.resumeToken();
      if (came === 2) break;
    }
    if (came < 2) break;
  }
  same(found.sort(), ["1", "2", "3", "4", "5"], "the cases");
});

test("a fetch may call the client again", async ({ CaseClient }) => {
  let inner;
  const client = new CaseClient({
    rateLimit: { perSecond: 0 },
    fetch: async () => {
      inner ??= client.caseSummary({ case_ids: ids }).then(({ count }) => count);
      return respond();
    },
  });
  equal((await client.caseSummary({ case_ids: ids })).count, 0, "the count");
  equal(await inner, 0, "the inner count");
});

test("whatever the client calls may call it, and abort its call", async (api) => {
  const { CaseClient } = api;
  for (const where of ["fetch", "token", "onRequest", "onResponse", "logger"]) {
    const controller = new AbortController();
    let budgets = 0;
    const meddle = (name, given) => {
      budgets += client.budget().concurrent.limit;
      if (name === where) controller.abort(name);
      return given;
    };
    const client = new CaseClient({
      fetch: () => meddle("fetch", respond()),
      token: () => meddle("token", "given"),
      hooks: { onRequest: () => meddle("onRequest"), onResponse: () => meddle("onResponse") },
      logger: { debug: () => meddle("logger") },
      logLevel: "debug",
    });
    const call = client.caseSummary({ case_ids: ids }, { signal: controller.signal });
    // An abort in `onResponse`, after the response has arrived, is too late.
    const error = await call.then(
      () => undefined,
      (error) => error,
    );
    if (error) same([error.kind, error.cause], ["aborted", where], `aborted by ${where}`);
    else equal(where, "onResponse", "what was too late");
    truly(budgets >= 10, `budgets read: ${budgets}`);
    equal(client.budget().concurrent.used, 0, `requests in flight after ${where}`);
  }
});

test("what breaks on its way is asked for again, and counted", async (api) => {
  const { CaseClient } = api;
  let count = 0;
  const fetch = async () => {
    count += 1;
    if (count < 3) throw "reset";
    return respond();
  };
  const client = new CaseClient({ fetch, backoff: { baseMs: 10 } });
  const { attempts, waitedMs } = await client.caseSummary({ case_ids: ids }).withResponse();
  equal(attempts, 3, "attempts");
  truly(waitedMs >= 0 && waitedMs < 5000, `waited ${waitedMs} ms`);
  count = 0;
  const error = await failure(api, client.caseSummary({ case_ids: ids }, { maxRetries: 1 }), "the call");
  same([error.kind, error.attempts, error.cause], ["network", 2, "reset"], "the error");
});

test("a response that breaks off is asked for again, and its request is aborted", async (api) => {
  const signals = [];
  const fetch = async (_, { signal }) => {
    signals.push(signal);
    if (signals.length > 1) return respond();
    return new Response(new ReadableStream({ pull: (stream) => stream.error(new Error("broke off")) }));
  };
  const { attempts } = await summary(api, fetch, { backoff: { baseMs: 1 } }).withResponse();
  same([attempts, signals.map(({ aborted }) => aborted)], [2, [true, false]], "attempts, aborted requests");
});

test("calls keep to the rate limit, and one that is aborted leaves the queue", async (api) => {
  const { CaseClient } = api;
  const client = new CaseClient({ fetch: async () => respond(), rateLimit: { perSecond: 1 }, timeoutMs: 5000 });
  const controller = new AbortController();
  setTimeout(() => controller.abort("left"), 50);
  const start = Date.now();
  const first = client.caseSummary({ case_ids: ids }).withResponse();
  const leaves = failure(api, client.caseSummary({ case_ids: ids }, { signal: controller.signal }), "the second");
  const last = client.caseSummary({ case_ids: ids }).withResponse();
  await first;
  const error = await leaves;
  same(
    [error.kind, error.attempts, error.waitedMs >= 40],
    ["aborted", 0, true],
    `the second, after ${error.waitedMs} ms`,
  );
  const { waitedMs } = await last;
  const took = Date.now() - start;
  truly(took >= 990 && took < 2000 && waitedMs >= 900, `the last took ${took} ms, and waited ${waitedMs} ms`);
});

test("what comes from another realm is read", async (api) => {
  const other = realm();
  const bytes = [...new TextEncoder().encode(EMPTY)];
  const response = () => {
    if (other.Response) return new other.Response(EMPTY);
    const body = other.Uint8Array.from(bytes).buffer;
    return { status: 200, headers: { get: () => null }, arrayBuffer: async () => body };
  };
  const told = await summary(api, async () => response()).withResponse();
  same([told.data.count, told.response instanceof Response], [0, false], "the count, whether it is of this realm");

  const thrown = new other.TypeError("from elsewhere");
  const error = await errorOf(
    api,
    async () => {
      throw thrown;
    },
    { maxRetries: 0 },
  );
  same([error.kind, error.cause === thrown, thrown instanceof Error], ["network", true, false], "the error");

  if (!other.AbortController) return;
  const controller = new other.AbortController();
  setTimeout(() => controller.abort("theirs"), 10);
  const aborted = await errorOf(api, () => new Promise(() => {}), {}, { signal: controller.signal });
  same([aborted.kind, aborted.cause], ["aborted", "theirs"], "the aborted call");
});

test("whoever watches is told in order", async (api) => {
  const told = [];
  const note =
    (hook) =>
    ({ code, attempt }) =>
      told.push([hook, code ?? null, attempt]);
  const names = ["onRequest", "onResponse", "onRetry", "onWait"];
  const hooks = Object.fromEntries(names.map((hook) => [hook, note(hook)]));
  let count = 0;
  const fetch = async () => {
    count += 1;
    if (count < 2) throw "reset";
    return respond();
  };
  await summary(api, fetch, { backoff: { baseMs: 0 }, hooks });
  const expected = [
    ["onRequest", null, 1],
    ["onResponse", "NETWORK", 1],
    ["onRetry", "NETWORK", 2],
    ["onRequest", null, 2],
    ["onResponse", null, 2],
  ];
  same(told, expected, "what was told");
});
