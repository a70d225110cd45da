// Token providers, credentials and token caches.

import {
  CREDENTIALS,
  equal,
  errorOf,
  failure,
  granting,
  ids,
  isPage,
  pause,
  respond,
  same,
  summary,
  truly,
} from "./helpers.mjs";

export const tokens = [];
const test = (name, run) => tokens.push({ name, run });

test("a token provider may return every documented form", async (api) => {
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

test("the error of a token provider is the cause", async (api) => {
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

test("concurrent calls share one call of the token provider, and its failure", async (api) => {
  const { CaseClient } = api;
  let calls = 0;
  let token = async () => {
    calls += 1;
    await pause(20);
    return "given";
  };
  const client = () => new CaseClient({ token, fetch: async () => respond(), rateLimit: { perSecond: 0 } });
  const all = (client) => Array.from({ length: 10 }, () => client.caseSummary({ case_ids: ids }));
  await Promise.all(all(client()));
  equal(calls, 1, "calls of the provider");
  const own = new Error("mine");
  token = async () => {
    await pause(20);
    throw own;
  };
  for (const error of await Promise.all(all(client()).map((call) => failure(api, call, "a call")))) {
    same([error.code, error.cause === own], ["NO_TOKEN", true], "the error");
  }
});

test("a call that is aborted while its token is fetched does not affect other calls", async (api) => {
  const { CaseClient } = api;
  let calls = 0;
  const token = async () => {
    calls += 1;
    await pause(60);
    return "given";
  };
  const client = new CaseClient({ token, fetch: async () => respond(), rateLimit: { perSecond: 0 } });
  const controller = new AbortController();
  const leaves = failure(api, client.caseSummary({ case_ids: ids }, { signal: controller.signal }), "the first");
  const stays = client.caseSummary({ case_ids: ids }).then(({ count }) => count);
  setTimeout(() => controller.abort("left"), 20);
  same([(await leaves).cause, await stays], ["left", 0], "the cause, the other's count");
  truly(calls <= 2, `${calls} calls`);
});

test("credentials are for servers only", async (api) => {
  const { CaseClient } = api;
  const { fetch, grants } = granting();
  let refused;
  try {
    const client = new CaseClient({ fetch, credentials: CREDENTIALS });
    await Promise.all([1, 2, 3].map(() => client.caseSummary({ case_ids: ids })));
    const form = "grant_type=client_credentials&client_id=synthetic&client_secret=hidden";
    same(grants.bodies, [[CREDENTIALS.tokenUrl, form, "application/x-www-form-urlencoded"]], "requests for a token");
  } catch (error) {
    if (!api.isCaseApiError(error)) throw error;
    refused = error;
  }
  equal(refused?.code, isPage ? "CREDENTIALS_IN_PAGE" : undefined, "the code");
  equal(JSON.stringify(refused ?? "").includes("hidden"), false, "whether the secret is shown");
});

test("a failing token cache is logged, and has no other effect", async (api) => {
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
    const { fetch, grants } = granting();
    const errors = [];
    const logger = { error: (line) => errors.push(line) };
    equal(
      (await summary(api, fetch, { credentials: CREDENTIALS, tokenCache, logger })).count,
      0,
      `count with cache ${at}`,
    );
    await pause(0);
    equal(grants.times, times, `tokens granted with cache ${at}`);
    if (at >= 10 && at <= 13) equal(errors.length, 1, `lines of the logger with cache ${at}`);
  }
});
