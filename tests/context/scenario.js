// The async context of every function that a client calls, in any runtime: each check returns nothing, or throws.
//
// `caseApi` is the imported package, `createSandbox` its sandbox, `AsyncLocalStorage` the runtime's own.

const LIMIT_MS = 20_000;
const USERS = ["ada", "ben", "cleo", "dan", "eve", "finn"];

/** No limits; each check sets the ones it needs. */
const UNLIMITED = { perSecond: 0, perMinute: 0, perDay: 0, maxConcurrent: 0 };

function equal(found, wanted, what) {
  const [a, b] = [found, wanted].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`);
}

function ok(condition, what) {
  if (!condition) throw new Error(what);
}

/** Returns the result of a promise, or rejects after a time limit. */
function withTimeout(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: still pending after ${LIMIT_MS} ms`)), LIMIT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** A promise with its `resolve` and `reject`. */
function deferred() {
  const it = {};
  it.promise = new Promise((resolve, reject) => Object.assign(it, { resolve, reject }));
  return it;
}

/** Returns the error that a promise rejects with. */
const failure = (promise) =>
  promise.then(
    () => null,
    (error) => error,
  );

export function checksOf({ caseApi, createSandbox, AsyncLocalStorage }) {
  const { CaseClient } = caseApi;
  const als = new AsyncLocalStorage();
  const user = () => als.getStore() ?? "nobody";
  let sandbox;
  let idOf;
  let userOf;

  /** All functions called by a client: `{ what, owner, context }`, with the user of the call as `owner`. */
  const calls = [];
  const record = (what, owner) => void calls.push({ what, owner, context: user() });
  const takeCalls = () => calls.splice(0);

  /** Records calls of `fetch`. Each call of a check has its user in a header; token requests have none. */
  const recording = (real) => (url, init) => {
    record(init.method === "POST" ? "token fetch" : "fetch", init.headers["x-user"]);
    return real(url, init);
  };

  /** Returns the user of an event by its case; events of token requests belong to no call. */
  const ownerOf = (event) => userOf.get(event?.ids?.[0]);
  const hooks = Object.fromEntries(
    ["onRequest", "onResponse", "onRetry", "onWait"].map((name) => [
      name,
      (event) => record(event.operation === "token" ? `token ${name}` : name, ownerOf(event)),
    ]),
  );
  const logger = Object.fromEntries(
    ["debug", "info", "warn", "error"].map((level) => [
      level,
      (_, about) => record(about?.operation === "token" ? "token line" : "line", ownerOf(about)),
    ]),
  );

  const clientWith = (options, real = sandbox.fetch) =>
    new CaseClient({
      baseUrl: sandbox.baseUrl,
      token: "synthetic",
      fetch: recording(real),
      rateLimit: UNLIMITED,
      backoff: { baseMs: 5 },
      hooks,
      logger,
      logLevel: "debug",
      ...options,
    });

  /** Makes a user's call for a case of their own, and reads its result in the user's context. */
  const callAs = (client, name, options) =>
    als.run(name, async () => {
      const call = client.caseDetails({ case_id: idOf[name] }, { headers: { "x-user": name }, ...options });
      const { case_id } = await withTimeout(call, `the call of ${name}`);
      equal([case_id, user()], [idOf[name], name], "the result of a call, and its context");
    });
  const allAtOnce = (client, options) => Promise.all(USERS.map((name) => callAs(client, name, options?.(name))));

  /** Asserts that each entry with an owner ran in its owner's context. Returns the number of entries by kind. */
  function assertOwnContexts(found, least) {
    const wrong = found.filter(({ owner, context }) => owner !== undefined && owner !== context);
    const [first] = wrong;
    ok(
      !first,
      first &&
        `${wrong.length} of ${found.length} ran in another context, first ${first.what} of ${first.owner} in that of ${first.context}`,
    );
    const counts = {};
    for (const { what } of found) counts[what] = (counts[what] ?? 0) + 1;
    for (const [what, count] of Object.entries(least))
      ok((counts[what] ?? 0) >= count, `${what}: ${counts[what] ?? 0} of at least ${count}`);
    return counts;
  }

  /** Asserts that entries without an owner ran in the context of a single user, and returns that user. */
  function singleUserOf(found, kinds) {
    const contexts = new Set(found.filter(({ what }) => kinds.includes(what)).map(({ context }) => context));
    equal(contexts.size, 1, `contexts of ${kinds}: ${[...contexts]}`);
    const [context] = contexts;
    ok(USERS.includes(context), `${kinds} ran in the context of ${context}`);
    return context;
  }

  const credentials = () => ({
    token: undefined,
    credentials: { clientId: "synthetic", clientSecret: "not a secret", tokenUrl: sandbox.tokenUrl },
  });

  /** Creates a sandbox with its own clock and faults. */
  async function prepare(options) {
    sandbox = await createSandbox({ cases: 600, seed: 7, ...options });
    const { case_ids } = sandbox.info();
    idOf = Object.fromEntries(USERS.map((name, at) => [name, case_ids[at]]));
    userOf = new Map(USERS.map((name, at) => [case_ids[at], name]));
  }

  /** Cases of no user: only the header identifies the user of a call for several of them. */
  const sharedCases = () => sandbox.info().case_ids.slice(USERS.length);

  /** The contract of one user. */
  const contractsOf = (name) => sandbox.info().contract_ids.slice(USERS.indexOf(name), USERS.indexOf(name) + 1);

  const checks = {
    "all callbacks of a call run in its context": async () => {
      await allAtOnce(clientWith({}));
      const least = { fetch: USERS.length, onRequest: USERS.length, onResponse: USERS.length, line: USERS.length };
      assertOwnContexts(takeCalls(), least);
    },

    "under retries": async () => {
      sandbox.fault("over_capacity", { times: USERS.length });
      await allAtOnce(clientWith({ maxRetries: 5 }));
      const twice = 2 * USERS.length;
      assertOwnContexts(takeCalls(), {
        fetch: twice,
        onRequest: twice,
        onResponse: twice,
        onRetry: USERS.length,
        line: twice,
      });
    },

    "under retries without and with delays": async () => {
      sandbox.fault("reset", { times: USERS.length + 2 });
      await allAtOnce(clientWith({ maxRetries: 5 }));
      assertOwnContexts(takeCalls(), { fetch: 2 * USERS.length + 2, onRetry: USERS.length + 2 });
    },

    "during the wait for Retry-After": async () => {
      sandbox.fault("over_qps", { times: 2 });
      await allAtOnce(clientWith({ maxRetries: 5 }));
      assertOwnContexts(takeCalls(), { fetch: USERS.length + 2, onRetry: 2 });
    },

    "during the wait for the limit per second": async () => {
      await allAtOnce(clientWith({ rateLimit: { ...UNLIMITED, perSecond: 3 } }));
      assertOwnContexts(takeCalls(), { fetch: USERS.length, onWait: 1 });
    },

    "during the wait for the end of another call": async () => {
      const slow = async (...request) => {
        await sleep(5);
        return sandbox.fetch(...request);
      };
      await allAtOnce(clientWith({ rateLimit: { ...UNLIMITED, maxConcurrent: 1 } }, slow));
      assertOwnContexts(takeCalls(), { fetch: USERS.length, onWait: 1 });
    },

    "during the wait for a shared token request": async () => {
      await allAtOnce(clientWith(credentials()));
      const found = takeCalls();
      const counts = assertOwnContexts(found, {
        fetch: USERS.length,
        "token fetch": 1,
        "token onRequest": 1,
        "token onResponse": 1,
      });
      equal(counts["token fetch"], 1, "token requests");
      singleUserOf(found, ["token fetch", "token onRequest", "token onResponse", "token line"]);
    },

    "when a token is renewed": async () => {
      await prepare({ auth: "strict" });
      const client = clientWith(credentials());
      await allAtOnce(client);
      takeCalls();
      // The sandbox's clock passes the token's lifetime, the client's does not: the rejection triggers the renewal.
      sandbox.advance(2 * 3600 * 1000);
      await allAtOnce(client);
      const found = takeCalls();
      const counts = assertOwnContexts(found, { fetch: USERS.length + 1, onRetry: 1 });
      equal(counts["token fetch"], 1, "token requests");
      singleUserOf(found, ["token fetch", "token onRequest", "token onResponse", "token line"]);
    },

    "when a token request fails and is retried": async () => {
      sandbox.fault("503:Service Unavailable", { route: "token", times: 1 });
      await allAtOnce(clientWith(credentials()));
      const found = takeCalls();
      assertOwnContexts(found, { fetch: USERS.length, "token fetch": 2 });
      for (const { what, context } of found) ok(context !== "nobody", `${what} ran in no context`);
    },

    "a token cache is read and written in the context of one call": async () => {
      const tokenCache = {
        get: async () => {
          record("cache get");
          await sleep(5);
          return null;
        },
        set: async () => record("cache set"),
      };
      await allAtOnce(clientWith({ ...credentials(), tokenCache }));
      const found = takeCalls();
      const counts = assertOwnContexts(found, { fetch: USERS.length });
      equal(
        [counts["token fetch"], counts["cache get"], counts["cache set"]],
        [1, 1, 1],
        "token requests, reads, writes",
      );
      singleUserOf(found, ["cache get", "token fetch", "token onRequest", "token onResponse", "cache set"]);
    },

    "a token provider is called once for all calls, in the context of the first": async () => {
      const given = deferred();
      const asked = deferred();
      const token = async () => {
        record("provider");
        asked.resolve();
        await given.promise;
        return "synthetic";
      };
      const client = clientWith({ token });
      const first = callAs(client, "cleo");
      await withTimeout(asked.promise, "the provider is asked");
      const others = USERS.filter((name) => name !== "cleo").map((name) => callAs(client, name));
      await sleep(10);
      given.resolve();
      await Promise.all([first, ...others]);
      const found = takeCalls();
      assertOwnContexts(found, { fetch: USERS.length });
      equal(
        found.filter(({ what }) => what === "provider"),
        [{ what: "provider", context: "cleo" }],
        "the provider",
      );
    },

    "a token provider is called again in the context of the call whose token was rejected": async () => {
      const client = clientWith({ token: () => another("synthetic") });
      await allAtOnce(client);
      takeCalls();
      sandbox.fault("not_authorized_401", { times: 1 });
      await callAs(client, "dan");
      const found = takeCalls();
      assertOwnContexts(found, { fetch: 2, onRetry: 1 });
      equal(
        found.filter(({ what }) => what === "provider"),
        [{ what: "provider", context: "dan" }],
        "the provider",
      );
    },

    "a signal that another context aborts": async () => {
      const controller = new AbortController();
      const sent = deferred();
      const client = clientWith({ maxRetries: 0 }, () => {
        sent.resolve();
        return new Promise(() => {});
      });
      const call = als.run("ada", () =>
        failure(client.caseDetails({ case_id: idOf.ada }, { headers: { "x-user": "ada" }, signal: controller.signal })),
      );
      await withTimeout(sent.promise, "the request is sent");
      als.run("ben", () => controller.abort("enough"));
      equal((await withTimeout(call, "the call")).kind, "aborted", "kind");
      assertOwnContexts(takeCalls(), { fetch: 1, onRequest: 1 });
    },

    "a call that times out": async () => {
      const client = clientWith({ maxRetries: 0, timeoutMs: 30 }, () => new Promise(() => {}));
      const kinds = await Promise.all(
        USERS.map((name) =>
          als.run(
            name,
            async () =>
              (await failure(client.caseDetails({ case_id: idOf[name] }, { headers: { "x-user": name } }))).kind,
          ),
        ),
      );
      equal(new Set(kinds).size === 1 && kinds[0], "timeout", "kind");
      assertOwnContexts(takeCalls(), { fetch: USERS.length, onRequest: USERS.length });
    },

    "a call that is created in a context and awaited outside of it": async () => {
      const client = clientWith({});
      const call = als.run("eve", () => [
        client.caseDetails({ case_id: idOf.eve }, { headers: { "x-user": "eve" } }),
      ])[0];
      equal((await withTimeout(call, "the call")).case_id, idOf.eve, "case");
      assertOwnContexts(takeCalls(), { fetch: 1, onRequest: 1, onResponse: 1 });
    },

    "a list that is iterated, and its pages": async () => {
      const client = clientWith({});
      const contract_ids = sandbox.info().contract_ids.slice(0, 10);
      await Promise.all(
        USERS.map((name, at) =>
          als.run(name, async () => {
            const call = client.casesByContract(
              { contract_ids },
              { headers: { "x-user": name }, order: at % 2 ? "oldest" : "newest" },
            );
            let count = 0;
            if (at % 3 === 0) for await (const one of call) count += Number(user() === name && one.case_id !== "");
            else if (at % 3 === 1) for await (const page of call.pages()) count += page.cases.length;
            else count = (await call.toArray({ limit: 10_000 })).length;
            ok(count > 100, `${count} cases`);
          }),
        ),
      );
      assertOwnContexts(takeCalls(), { fetch: 3 * USERS.length });
    },

    "concurrent bulk calls of all kinds, under retries and a rate limit": async () => {
      const client = clientWith({ rateLimit: { ...UNLIMITED, maxConcurrent: 3 }, maxRetries: 5 });
      sandbox.fault("over_capacity", { times: 6 });
      const options = (name) => ({
        headers: { "x-user": name },
        onProgress: () => record("progress", name),
        concurrency: 4,
      });
      const from = "2024-05-31T00:00:00Z";
      const kinds = [
        (name) => client.allCases({ contract_ids: contractsOf(name), date_created_from: from }, options(name)),
        (name) => client.changes({ contract_ids: contractsOf(name), date_created_from: from }, null, options(name)),
        (name) => client.allDetails(sharedCases(), options(name)),
      ];
      await Promise.all(
        USERS.map((name, at) =>
          als.run(name, async () => {
            let count = 0;
            for await (const one of kinds[at % kinds.length](name))
              count += Number(user() === name && one.case_id !== "");
            ok(count > 0, `${name}: nothing came`);
          }),
        ),
      );
      assertOwnContexts(takeCalls(), { fetch: 6 * USERS.length, progress: USERS.length });
    },

    "a bulk call that fetches the token, and one that waits for it": async () => {
      const client = clientWith(credentials());
      await Promise.all(
        ["ada", "ben"].map((name) =>
          als.run(name, async () => {
            for await (const one of client.allDetails(sharedCases(), { headers: { "x-user": name } }))
              equal(user(), name, one.case_id);
          }),
        ),
      );
      const found = takeCalls();
      equal(assertOwnContexts(found, { fetch: 2, "token fetch": 1 })["token fetch"], 1, "token requests");
      singleUserOf(found, ["token fetch", "token onRequest", "token onResponse"]);
    },
  };

  let given = 0;
  /** A token from a provider: a new one per call, since the client does not retry with a rejected token. */
  const another = (name) => {
    record("provider");
    given += 1;
    return `${name}~${given}`;
  };
  const own = () => another(`token-of-${user()}`);

  /** Per-call tokens, in each form of the option `token`, with the token that the client uses otherwise. */
  const forms = {
    "a text": (name) => `token-of-${name}`,
    "a function": () => own,
    "an async function": () => async () => {
      await sleep(3);
      return own();
    },
    "a function that returns the response of a token endpoint": () => async () => {
      await sleep(1);
      return { access_token: own(), expires_in: 3600 };
    },
  };
  const clients = {
    "no token": { token: undefined },
    "a token": { token: "token-of-the-client" },
    "a provider": { token: () => "token-of-the-client" },
    credentials: undefined,
  };
  const bearers = () => {
    const sent = [];
    const fetch = (url, init) => {
      if (init.method === "POST") sent.push(["token endpoint", "asked"]);
      else
        sent.push([
          init.headers["x-user"],
          (init.headers.Authorization ?? init.headers.authorization ?? "none").replace("Bearer ", ""),
        ]);
      return sandbox.fetch(url, init);
    };
    return { sent, fetch };
  };
  const ofItsUser = (sent, least) => {
    ok(sent.length >= least, `${sent.length} requests`);
    for (const [name, token] of sent) equal(token.split("~")[0], `token-of-${name}`, `the token sent for ${name}`);
  };

  for (const [form, tokenOf] of Object.entries(forms)) {
    checks[`a call's own token, ${form}, is sent for it and for no other`] = async () => {
      for (const options of Object.values(clients)) {
        const { sent, fetch } = bearers();
        const client = clientWith(options ?? credentials(), fetch);
        await allAtOnce(client, (name) => ({ token: tokenOf(name) }));
        await allAtOnce(client, (name) => ({ token: tokenOf(name) }));
        ofItsUser(sent, 2 * USERS.length);
        assertOwnContexts(takeCalls(), { fetch: 2 * USERS.length });
      }
    };
  }

  Object.assign(checks, {
    "a client's token and a call's own do not mix": async () => {
      const { sent, fetch } = bearers();
      const client = clientWith({ token: async () => "token-of-client" }, fetch);
      const plain = als.run("client", () =>
        client.caseDetails({ case_id: idOf.ada }, { headers: { "x-user": "client" } }),
      );
      await Promise.all([plain, ...USERS.map((name) => callAs(client, name, { token: own }))]);
      await als.run("client", () => client.caseDetails({ case_id: idOf.ben }, { headers: { "x-user": "client" } }));
      ofItsUser(sent, USERS.length + 2);
    },

    "a rejected call token is requested again from a function in its context, and a string is not": async () => {
      const { sent, fetch } = bearers();
      let asked = 0;
      const client = clientWith({ token: () => `token-of-the-client~${(asked += 1)}` }, fetch);
      const refuse = () => sandbox.fault("not_authorized_401", { times: USERS.length });
      refuse();
      await allAtOnce(client, () => ({ token: own }));
      ofItsUser(sent, 2 * USERS.length);
      equal(
        assertOwnContexts(takeCalls(), { fetch: 2 * USERS.length }).provider,
        2 * USERS.length,
        "how often providers were asked",
      );
      refuse();
      const errors = await Promise.all(
        USERS.map((name) => failure(callAs(client, name, { token: `token-of-${name}` }))),
      );
      sandbox.clearFaults();
      for (const error of errors) equal(error?.kind, "authentication", "kind");
      ofItsUser(sent, 3 * USERS.length);
      equal(asked, 0, "how often the client's provider was asked");
    },

    "a call's own provider that throws or returns nothing fails that call only": async () => {
      const { sent, fetch } = bearers();
      const client = clientWith({ token: "token-of-the-client", maxRetries: 0 }, fetch);
      const bad = {
        ada: () => {
          throw new Error("mine");
        },
        ben: () => Promise.reject(new Error("mine")),
        cleo: () => null,
      };
      const errors = await Promise.all(USERS.map((name) => failure(callAs(client, name, { token: bad[name] ?? own }))));
      equal(
        errors.map((error) => error?.kind ?? null),
        ["authentication", "authentication", "authentication", null, null, null],
        "kinds",
      );
      ofItsUser(sent, 3);
      equal(sent.length, 3, "requests");
    },

    "a list with its own token is read with it to the end": async () => {
      const { sent, fetch } = bearers();
      const client = clientWith({ token: "token-of-the-client" }, fetch);
      const contract_ids = sandbox.info().contract_ids.slice(0, 10);
      await Promise.all(
        USERS.map((name, at) =>
          als.run(name, async () => {
            const token = at % 2 ? own : `token-of-${name}`;
            const options = { headers: { "x-user": name }, token };
            for await (const one of client.casesByContract({ contract_ids }, options)) ok(one.case_id, "a case");
            const page = await client.casesByContract({ contract_ids }, options);
            await page.nextPage();
          }),
        ),
      );
      ofItsUser(sent, 5 * USERS.length);
      assertOwnContexts(takeCalls(), { fetch: 5 * USERS.length });
    },

    "a bulk call with its own token uses it for all requests": async () => {
      const { sent, fetch } = bearers();
      const client = clientWith({ token: "token-of-the-client" }, fetch);
      await Promise.all(
        USERS.map((name, at) =>
          als.run(name, async () => {
            const options = { headers: { "x-user": name }, token: at % 2 ? own : `token-of-${name}` };
            const bulk =
              at < 3
                ? client.allCases(
                    { contract_ids: contractsOf(name), date_created_from: "2024-05-31T00:00:00Z" },
                    options,
                  )
                : client.allDetails(sharedCases(), options);
            for await (const one of bulk) ok(one.case_id, "a case");
          }),
        ),
      );
      ofItsUser(sent, 5 * USERS.length);
      assertOwnContexts(takeCalls(), { fetch: 5 * USERS.length });
    },

    "a token of the wrong type is rejected by name": async () => {
      const client = clientWith({});
      for (const token of [5, {}, "two lines\n"]) {
        const error = await failure(client.caseDetails({ case_id: idOf.ada }, { token }));
        equal([error?.kind, error?.problems?.[0]?.field], ["invalid_request", "token"], JSON.stringify(token));
      }
    },
  });

  const alone = (check) => async () => {
    if (sandbox?.info().auth !== "any") await prepare();
    sandbox.clearFaults();
    takeCalls();
    await check();
  };
  return Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, alone(check)]));
}

/** Runs all checks in sequence. Returns the name of each, and its error message or null. */
export async function outcomes(parts) {
  const results = [];
  for (const [name, check] of Object.entries(checksOf(parts))) {
    results.push([
      name,
      await check().then(
        () => null,
        (error) => String(error?.stack ?? error),
      ),
    ]);
  }
  return results;
}
