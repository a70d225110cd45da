// Abort signals, and clients that are freed.

import { counted, equal, errorOf, failure, ids, pause, respond, same, summary } from "./helpers.mjs";

export const signals = [];
const test = (name, run) => signals.push({ name, run });

test("any abort reason is the error's cause", async (api) => {
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

test("a call with an aborted signal sends nothing", async (api) => {
  let requests = 0;
  const fetch = () => {
    requests += 1;
    return respond();
  };
  const error = await errorOf(api, fetch, {}, { signal: AbortSignal.abort("early") });
  same([error.kind, error.cause, error.attempts, requests], ["aborted", "early", 0, 0], "the error, and requests");
});

test("a signal has one listener for all calls, and none after them", async (api) => {
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

test("a signal that aborts ends all its calls and no others", async (api) => {
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

test("a client that is freed during a call completes it", async ({ CaseClient }) => {
  const client = new CaseClient({ fetch: async () => pause(10).then(() => respond()) });
  const pending = client.caseSummary({ case_ids: ids }).then(({ count }) => count);
  client.free();
  equal(await pending, 0, "the count");
});
