// Failures of `fetch` and malformed, late or interrupted responses.

import {
  buffer,
  detached,
  double,
  EMPTY,
  equal,
  errorOf,
  failure,
  ids,
  pause,
  realm,
  respond,
  same,
  summary,
  truly,
} from "./helpers.mjs";

export const responses = [];
const test = (name, run) => responses.push({ name, run });

test("any failure of fetch is a network error", async (api) => {
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

test("a response-like object is accepted", async (api) => {
  const fetch = () => ({ status: 200, headers: { get: () => null }, arrayBuffer: () => buffer(EMPTY) });
  equal((await summary(api, fetch)).count, 0, "the count");
  for (const headers of [new Map(), new Headers()]) {
    equal((await summary(api, () => double({ headers, arrayBuffer: () => buffer(EMPTY) }))).count, 0, "the count");
  }
});

test("invalid response headers are ignored", async (api) => {
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

test("errors of the service have the fields of the response", async (api) => {
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

test("a body that is too large or empty is a decode error", async (api) => {
  const { LIMITS } = api;
  const large = await errorOf(api, () => double({ arrayBuffer: async () => new ArrayBuffer(LIMITS.bodyBytes + 1) }), {
    maxRetries: 0,
  });
  equal(large.kind, "decode", "the kind for a large one");
  truly(!large.retryable, "a large one may be retried");
  const empty = await errorOf(api, () => respond(""), { maxRetries: 0 });
  equal(empty.kind, "decode", "the kind for an empty one");
});

test("a stalled body ends with the timeout, and its request is aborted", async (api) => {
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

test("the timeout covers the request and the body", async (api) => {
  const hangs = () => double({ arrayBuffer: () => new Promise(() => {}) });
  for (const fetch of [hangs, () => new Promise(() => {})]) {
    const error = await errorOf(api, fetch, { timeoutMs: 20 });
    same([error.kind, error.retryable], ["timeout", true], String(fetch));
    const own = await errorOf(api, fetch, {}, { timeoutMs: 20 });
    equal(own.kind, "timeout", `${fetch}, with the time of the call`);
  }
});

test("a body that arrives after the end of its call is cancelled", async (api) => {
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

test("late rejections have no effect", async (api) => {
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

test("a network failure is retried, and the attempts are counted", async (api) => {
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

test("an interrupted response is retried, and its request is aborted", async (api) => {
  const signals = [];
  const fetch = async (_, { signal }) => {
    signals.push(signal);
    if (signals.length > 1) return respond();
    return new Response(new ReadableStream({ pull: (stream) => stream.error(new Error("broke off")) }));
  };
  const { attempts } = await summary(api, fetch, { backoff: { baseMs: 1 } }).withResponse();
  same([attempts, signals.map(({ aborted }) => aborted)], [2, [true, false]], "attempts, aborted requests");
});

test("responses, errors and signals of another realm are accepted", async (api) => {
  const other = realm();
  const bytes = [...new TextEncoder().encode(EMPTY)];
  const response = () => {
    if (other.Response) return new other.Response(EMPTY);
    const body = other.Uint8Array.from(bytes).buffer;
    return { status: 200, headers: { get: () => null }, arrayBuffer: async () => body };
  };
  const result = await summary(api, async () => response()).withResponse();
  same([result.data.count, result.response instanceof Response], [0, false], "the count, whether it is of this realm");

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
