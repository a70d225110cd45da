// The behavior that a caller sees after a panic of the module, in any runtime: each check returns nothing, or throws.
//
// `caseApi` is the imported package, `createSandbox` its sandbox, and `modules` the internal file with the exports of
// both wasm instances (`check`, `checkBulk`): their classes, whose methods can be made to panic, and `panicNow`.

const SOON_MS = 15_000;
/** Word that the message of a trap contains in every engine. */
const PANIC = "unreachable";
const RESET = "The module was reset.";

/** Returns the rejection of a promise, which must settle within a time limit. */
function failure(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} is still pending after ${SOON_MS} ms`)), SOON_MS);
  });
  const settled = Promise.resolve(promise).then(
    () => {
      throw new Error(`${what} resolved`);
    },
    (error) => error,
  );
  return Promise.race([settled, late]).finally(() => clearTimeout(timer));
}

function equal(found, wanted, what) {
  if (!Object.is(found, wanted)) throw new Error(`${what}: expected ${String(wanted)}, got ${String(found)}`);
}

function internal(error, what, message = PANIC) {
  equal(error?.kind, "internal", `${what}, kind`);
  equal(error.code, "PANIC", `${what}, code`);
  equal(error.retryable, false, `${what}, retryable`);
  if (!error.message.toLowerCase().includes(message.toLowerCase()))
    throw new Error(`${what}: the message names no panic: ${error.message}`);
  if (!error.hint.includes("reset()")) throw new Error(`${what}: the hint does not name reset(): ${error.hint}`);
}

function thrown(work, what = "the call") {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error(`${what}: nothing was thrown`);
}

export function checksOf({ caseApi, createSandbox, modules }) {
  const { CaseClient, checkCaseSummary, checkAllCases, InternalError, isCaseApiError, reset } = caseApi;
  /** Returns the exports of the instance that has a class; each reset creates another instance. */
  const exportsOf = (name) => (name === "RawBulkJob" ? modules.bulkExports() : modules.clientExports());
  let sandbox;
  let cases;
  let contract_ids;

  /** The pending requests, by their signals. */
  const hanging = new Set();
  const hangingClient = () =>
    new CaseClient({
      fetch: (_, { signal }) => {
        hanging.add(signal);
        return new Promise(() => {});
      },
      token: "synthetic",
      timeoutMs: 60_000,
    });
  const ids = ["612345678"];
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const works = async (client) => {
    const page = await client.casesByContract({ contract_ids: contract_ids.slice(0, 1) });
    if (page.cases.length === 0) throw new Error("the page is empty");
  };
  const assertNoneHanging = () => {
    equal([...hanging].filter((signal) => !signal.aborted).length, 0, "requests that still run");
    hanging.clear();
  };

  /** Makes a method of a class panic in its own module, on its next call. */
  const breakNext = (name, method) => {
    const { panicNow, [name]: Class } = exportsOf(name);
    const own = Class.prototype[method];
    if (!own) throw new Error(`${name} has no ${method}`);
    Class.prototype[method] = () => {
      Class.prototype[method] = own;
      return panicNow();
    };
  };

  /** A panic in a synchronous call. */
  const panicInCall = () => {
    breakNext("RawClient", "budget");
    internal(
      thrown(() => cases.budget()),
      "the call that panics",
    );
  };

  /** One pending call of each kind. */
  const startPendingCalls = () => {
    const client = hangingClient();
    return Object.entries({
      "a summary": client.caseSummary({ case_ids: ids }),
      details: client.caseDetails({ case_id: ids[0] }),
      "a page": client.casesByContract({ contract_ids: ["1"] }),
      "a response": client.casesByUser({ user_ids: ["someone"] }).withResponse(),
      "an iterated list": client
        .casesByContract({ contract_ids: ["1"] })
        [Symbol.asyncIterator]()
        .next(),
      "a list page by page": client
        .casesByUser({ user_ids: ["someone"] })
        .pages()
        .next(),
      "a bulk read": client
        .allCases({ contract_ids: ["1"] })
        [Symbol.asyncIterator]()
        .next(),
      changes: client
        .changes({ contract_ids: ["1"] })
        [Symbol.asyncIterator]()
        .next(),
      "details in bulk": client.allDetails(ids)[Symbol.asyncIterator]().next(),
      "a call that waits for its token": new CaseClient({ token: () => new Promise(() => {}) }).caseSummary({
        case_ids: ids,
      }),
      "a call that waits for its retry": new CaseClient({
        fetch: () => Promise.reject(new Error("reset")),
        backoff: { baseMs: 60_000, capMs: 60_000 },
        timeoutMs: 0,
        maxRetries: 10,
      }).caseSummary({ case_ids: ids }),
      // Calls queued after others.
      ...Object.fromEntries(
        Array.from({ length: 20 }, (_, at) => [`waiting ${at}`, client.caseDetails({ case_id: ids[0] })]),
      ),
    }).map(([what, call]) => [what, failure(call, what)]);
  };

  /** Asserts that all pending and later calls fail, and that all work after a reset of the module. */
  const assertRejectedThenReset = async (calls) => {
    for (const [what, ended] of calls) internal(await ended, what);
    assertNoneHanging();
    internal(
      thrown(() => checkCaseSummary({ case_ids: ids })),
      "a later synchronous call",
    );
    internal(
      thrown(() => checkAllCases({ contract_ids })),
      "a later synchronous call of bulk calls",
    );
    internal(await failure(cases.caseSummary({ case_ids: ids }), "a later call"), "a later call");
    internal(
      await failure(cases.casesByUser({ user_ids: ["x"] }).toArray({ limit: 1 }), "a later list"),
      "a later list",
    );
    const allCases = cases.allCases({ contract_ids })[Symbol.asyncIterator]();
    internal(await failure(allCases.next(), "a later bulk read"), "a later bulk read");
    const meanwhile = new CaseClient({ fetch: sandbox.fetch, baseUrl: sandbox.baseUrl, token: "synthetic" });
    internal(await failure(meanwhile.caseSummary({ case_ids: ids }), "a later client"), "a later client");
    await reset();
    equal(checkCaseSummary({ case_ids: ids }).length, 0, "problems found after reset");
    equal(checkAllCases({ contract_ids }).length, 0, "problems of a bulk read found after reset");
    equal((await cases.allCases({ contract_ids }).pages().next()).done, false, "a bulk read after reset is at its end");
    await works(cases);
    await works(meanwhile);
    await works(new CaseClient({ fetch: sandbox.fetch, baseUrl: sandbox.baseUrl, token: "synthetic" }));
  };

  return {
    "the client works before any panic": async () => {
      sandbox = await createSandbox({ cases: 300, seed: 7 });
      ({ contract_ids } = sandbox.info());
      await caseApi.ready();
      cases = new CaseClient({
        fetch: sandbox.fetch,
        baseUrl: sandbox.baseUrl,
        token: "synthetic",
        rateLimit: { perSecond: 0 },
      });
      await works(cases);
      // In a page this call loads the bulk module.
      await cases.estimate({ contract_ids });
    },

    "a panic is a trap, in both modules": async () => {
      for (const name of ["RawClient", "RawBulkJob"]) {
        const trap = thrown(exportsOf(name).panicNow);
        if (!(trap instanceof WebAssembly.RuntimeError)) throw new Error(`no trap but ${trap}`);
      }
      await reset();
      await works(cases);
      equal(checkAllCases({}).length > 0, true, "a bulk read of nothing has problems");
    },

    "a panic during a synchronous call rejects all pending calls": async () => {
      const calls = startPendingCalls();
      await pause(20);
      panicInCall();
      await assertRejectedThenReset(calls);
    },

    "a panic in the driver of a call rejects all pending calls, and does not end the process": async () => {
      const calls = startPendingCalls();
      await pause(20);
      breakNext("RawClient", "next");
      const error = await failure(cases.caseSummary({ case_ids: ids }), "the call");
      internal(error, "the call");
      equal(error instanceof InternalError && isCaseApiError(error), true, "an error of its class");
      await assertRejectedThenReset(calls);
    },

    "a panic caused by a timer or a response rejects all pending calls": async () => {
      for (const [method, call] of [
        ["next", () => new CaseClient({ fetch: () => new Promise(() => {}), timeoutMs: 60 })],
        ["onResponse", () => new CaseClient({ fetch: () => pause(60).then(() => new Response("{}")) })],
        ["alloc", () => new CaseClient({ fetch: () => pause(60).then(() => new Response("{}")) })],
        ["onFailure", () => new CaseClient({ fetch: () => pause(60).then(() => Promise.reject(new Error("reset"))) })],
        [
          "onToken",
          () => new CaseClient({ fetch: () => new Response("{}"), token: () => pause(60).then(() => "given") }),
        ],
      ]) {
        const calls = startPendingCalls();
        const one = failure(call().caseSummary({ case_ids: ids }), method);
        await pause(30);
        breakNext("RawClient", method);
        internal(await one, `a panic in ${method}`);
        await assertRejectedThenReset(calls);
      }
    },

    "a panic in any method of the module is detected, in any call": async () => {
      const summary = () => cases.caseDetails({ case_id: sandbox.info().case_ids[0] });
      const list = () => cases.casesByContract({ contract_ids }).toArray({ limit: 1000 });
      const allCases = async () => {
        for await (const _ of cases.allCases({ contract_ids }));
      };
      const details = async () => {
        for await (const _ of cases.allDetails(sandbox.info().case_ids.slice(0, 3)));
      };
      const fails = () => cases.caseDetails({ case_id: "699999999999" });
      const aborted = () => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 10);
        return hangingClient().caseDetails({ case_id: ids[0] }, { signal: controller.signal });
      };
      for (const [Class, method, call] of [
        ["RawClient", "begin", summary],
        ["RawClient", "inFlight", summary],
        ["RawClient", "takeText", summary],
        ["RawClient", "ms", summary],
        ["RawClient", "nextWoken", summary],
        ["RawClient", "header", summary],
        ["RawClient", "takeText", fails],
        ["RawClient", "abort", aborted],
        ["RawClient", "paginator", list],
        ["RawPaginator", "begin", list],
        ["RawPaginator", "take", list],
        ["RawClient", "header", list],
        ["RawClient", "retain", allCases],
        ["RawClient", "rows", allCases],
        ["RawClient", "rowsLength", allCases],
        ["RawClient", "take", allCases],
        ["RawBulkJob", "nextRequest", allCases],
        ["RawBulkJob", "takeText", allCases],
        ["RawBulkJob", "owner", allCases],
        ["RawBulkJob", "allocRows", allCases],
        ["RawBulkJob", "onResponse", allCases],
        ["RawBulkJob", "nextDiscarded", allCases],
        ["RawBulkJob", "nextDelivery", allCases],
        ["RawBulkJob", "deliveryHandle", allCases],
        ["RawBulkJob", "takeCases", allCases],
        ["RawBulkJob", "takeMissing", allCases],
        ["RawBulkJob", "writeCheckpoint", allCases],
        [
          "RawBulkJob",
          "progress",
          () =>
            cases
              .allCases({ contract_ids }, { onProgress() {} })
              [Symbol.asyncIterator]()
              .next()
              .then(allCases),
        ],
        ["RawBulkJob", "takeCases", details],
      ]) {
        const pending = failure(hangingClient().caseSummary({ case_ids: ids }), "a call that is under way");
        await pause(5);
        breakNext(Class, method);
        const what = `a panic in ${method} of ${Class}`;
        const error = await Promise.resolve(call()).then(
          () => undefined,
          (error) => error,
        );
        // A failure that no call awaits is thrown by the next call.
        if (error) internal(error, what);
        else
          internal(
            thrown(() => checkCaseSummary({ case_ids: ids }), what),
            `${what}, afterwards`,
          );
        internal(await pending, `${what}, a call that is under way`);
        assertNoneHanging();
        await reset();
        await works(cases);
      }
    },

    "a trap of another module is not mistaken for a panic": async () => {
      const trap = new WebAssembly.RuntimeError("unreachable");
      const throws = () => {
        throw trap;
      };
      const pending = failure(hangingClient().caseSummary({ case_ids: ids }), "a call that is under way");
      const params = { case_ids: ids };
      const network = await failure(new CaseClient({ fetch: throws, maxRetries: 0 }).caseSummary(params), "the call");
      equal(network.kind, "network", "the kind where fetch traps");
      equal(network.cause, trap, "the cause where fetch traps");
      const token = await failure(new CaseClient({ token: throws }).caseSummary(params), "the call");
      equal(token.code, "NO_TOKEN", "the code where a token provider traps");
      const logger = { error() {} };
      const hooks = { onRequest: throws, onResponse: throws };
      const usual = { fetch: sandbox.fetch, baseUrl: sandbox.baseUrl, token: "synthetic" };
      await works(new CaseClient({ ...usual, hooks, logger }));
      await works(new CaseClient({ ...usual, logger: { debug: throws, error: throws }, logLevel: "debug" }));
      const bulk = new CaseClient({ ...usual, logger }).allCases({ contract_ids }, { onProgress: throws });
      equal((await bulk.pages().next()).done, false, "a bulk read whose onProgress traps is at its end");
      equal(checkCaseSummary(params).length, 0, "problems found afterwards");
      await works(cases);
      await reset();
      internal(await pending, "a call that is under way", RESET);
      assertNoneHanging();
    },

    "responses after the module was discarded call no hook and have no effect": async () => {
      const answers = [];
      const events = [];
      const hooks = { onResponse: (event) => events.push(event), onRetry: (event) => events.push(event) };
      const fetch = () => new Promise((...settle) => answers.push(settle));
      const late = new CaseClient({ token: "synthetic", fetch, hooks, timeoutMs: 500 });
      const [first, second] = [0, 1].map(() => failure(late.caseSummary({ case_ids: ids }), "the call"));
      await pause(20);
      equal(answers.length, 2, "requests");
      panicInCall();
      internal(await first, "the first call");
      answers[0][0](new Response("{}"));
      await pause(20);
      await reset();
      answers[1][1](new Error("late"));
      internal(await second, "the second call");
      // Longer than the timeout of the finished call.
      await pause(600);
      equal(events.length, 0, "hooks that were called");
      await works(cases);
    },

    "a signal has no listeners after a panic": async () => {
      const { signal } = new AbortController();
      let listeners = 0;
      const [add, remove] = [signal.addEventListener, signal.removeEventListener].map((method) => method.bind(signal));
      signal.addEventListener = (...args) => {
        listeners += 1;
        add(...args);
      };
      signal.removeEventListener = (...args) => {
        listeners -= 1;
        remove(...args);
      };
      const call = failure(hangingClient().caseSummary({ case_ids: ids }, { signal }), "the call");
      const allCases = failure(
        hangingClient().allCases({ contract_ids }, { signal })[Symbol.asyncIterator]().next(),
        "the bulk read",
      );
      await pause(20);
      if (listeners === 0) throw new Error("no listener was added");
      panicInCall();
      await assertRejectedThenReset([
        ["the call", call],
        ["the bulk read", allCases],
      ]);
      equal(listeners, 0, "listeners");
    },

    "a bulk read that a panic interrupted can be resumed": async () => {
      const seen = new Set();
      const params = { contract_ids };
      const broken = cases.allCases(params);
      const error = await failure(
        (async () => {
          for await (const one of broken) {
            seen.add(one.case_id);
            if (seen.size === 40) breakNext("RawClient", "next");
            await 0;
          }
        })(),
        "the bulk read",
      );
      internal(error, "the bulk read");
      const resume = broken.resumeToken();
      equal(typeof resume, "string", "the token of a bulk read that was never asked for one");
      await reset();
      for await (const one of cases.allCases(params, { resume })) seen.add(one.case_id);
      const all = new Set();
      for await (const one of cases.allCases(params)) all.add(one.case_id);
      equal([...all].filter((id) => !seen.has(id)).length, 0, "cases lost");
      if (all.size < 100) throw new Error(`only ${all.size} cases`);
    },

    "reset rejects all pending calls, from any caller and repeatedly": async () => {
      const calls = startPendingCalls();
      await pause(20);
      const resets = [reset(), reset()];
      for (const [what, ended] of calls) internal(await ended, what, RESET);
      assertNoneHanging();
      await resets[0];
      const slow = (...request) => pause(30).then(() => sandbox.fetch(...request));
      const begun = works(new CaseClient({ fetch: slow, baseUrl: sandbox.baseUrl, token: "synthetic" }));
      await resets[1];
      if (await Promise.race([begun.then(() => false), new Promise((late) => setTimeout(late, SOON_MS, true))])) {
        throw new Error("the second reset has ended what began after the first");
      }
    },

    "a client that is freed before a panic or a reset has no effect": async () => {
      const freed = hangingClient();
      const call = failure(freed.caseSummary({ case_ids: ids }), "the call");
      await pause(5);
      freed.free();
      panicInCall();
      await assertRejectedThenReset([["the call", call]]);
      freed.free();
      equal((await failure(freed.caseSummary({ case_ids: ids }), "a later call")).code, "CLIENT_CLOSED", "the code");
    },

    "repeated panics": async () => {
      for (let round = 0; round < 20; round += 1) {
        const pending = failure(hangingClient().caseSummary({ case_ids: ids }), "the call");
        await 0;
        panicInCall();
        internal(await pending, `round ${round}`);
        await reset();
        await works(cases);
      }
    },
  };
}

/** Collects uncatchable errors from now on: in timers, and of promises without a rejection handler. */
export function recordUncaughtErrors() {
  const found = [];
  const note = (event) => {
    event.preventDefault?.();
    found.push(String(event.reason ?? event.error ?? event));
  };
  if (typeof process === "object") {
    for (const name of ["uncaughtException", "unhandledRejection"]) process.on(name, note);
  } else {
    for (const name of ["error", "unhandledrejection"]) globalThis.addEventListener(name, note);
  }
  return found;
}

/** Runs all checks in sequence. Returns the name of each, and its error message or null. */
export async function outcomes(parts) {
  const results = [];
  for (const [name, check] of Object.entries(checksOf(parts))) {
    const wrong = await check().then(
      () => null,
      // The stack of WebKit lacks the message.
      (error) => [error, error?.cause, error?.stack].filter(Boolean).map(String).join("\n"),
    );
    results.push([name, wrong]);
    // The remaining checks would fail for the same reason.
    if (wrong !== null) await parts.caseApi.reset().catch(() => {});
  }
  return results;
}
