// What a partner sees if the module ever panics, in whatever runtime this runs: each check gives nothing, or throws.
//
// `caseApi` is the package as it is imported, `createSandbox` its sandbox, `panicNow` and `panicAfter` the doors of the
// wasm that no entry exports.

const SOON_MS = 2000;

/** What a promise rejects with; whatever it is to be, it is to be soon. */
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

function internal(error, what) {
  equal(error?.kind, "internal", `${what}, kind`);
  equal(error.code, "PANIC", `${what}, code`);
  equal(error.retryable, false, `${what}, retryable`);
  if (!error.advice.includes("reset()")) throw new Error(`${what}: the advice names no way out: ${error.advice}`);
}

function thrown(work) {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

export function checksOf({ caseApi, createSandbox, panicNow, panicAfter }) {
  const { CaseClient, checkCaseSummary, InternalError, isCaseApiError, reset } = caseApi;
  let sandbox;
  let cases;
  let contract_ids;

  const hangs = () => new CaseClient({ fetch: () => new Promise(() => {}), token: "synthetic", timeoutMs: 60_000 });
  const ids = ["612345678"];
  const works = async (client) => {
    const page = await client.casesByContract({ contract_ids: contract_ids.slice(0, 1) });
    if (page.cases.length === 0) throw new Error("the page is empty");
  };

  /** One of each kind of call, under way. */
  const underWay = () => {
    const client = hangs();
    return Object.entries({
      "a summary": client.caseSummary({ case_ids: ids }),
      details: client.caseDetails({ case_id: ids[0] }),
      "a page": client.casesByContract({ contract_ids: ["1"] }),
      "a response": client.casesByUser({ user_ids: ["someone"] }).withResponse(),
      "an iterated list": client.casesByContract({ contract_ids: ["1"] })[Symbol.asyncIterator]().next(),
      "a list page by page": client.casesByUser({ user_ids: ["someone"] }).pages().next(),
      "a sweep": client.sweep({ contract_ids: ["1"] })[Symbol.asyncIterator]().next(),
      changes: client.changes({ contract_ids: ["1"] })[Symbol.asyncIterator]().next(),
      "details in bulk": client.hydrate(ids)[Symbol.asyncIterator]().next(),
      // Those that wait for their turn, behind others.
      ...Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`waiting ${at}`, client.caseDetails({ case_id: ids[0] })])),
    }).map(([what, call]) => [what, failure(call, what)]);
  };

  /** Everything is told, and says so from then on, until the module is brought back. */
  const toldAndBroughtBack = async (calls) => {
    for (const [what, ended] of calls) internal(await ended, what);
    internal(thrown(() => checkCaseSummary({ case_ids: ids })), "a later call that waits for nothing");
    internal(thrown(() => new CaseClient({ token: "synthetic" })), "a client that is made later");
    internal(await failure(cases.caseSummary({ case_ids: ids }), "a later call"), "a later call");
    internal(await failure(cases.casesByUser({ user_ids: ["x"] }).toArray({ limit: 1 }), "a later list"), "a later list");
    await reset();
    equal(checkCaseSummary({ case_ids: ids }).length, 0, "problems found after reset");
    await works(cases);
    await works(new CaseClient({ fetch: sandbox.fetch, baseUrl: sandbox.baseUrl, token: "synthetic" }));
  };

  return {
    "before anything has happened, it works": async () => {
      sandbox = await createSandbox({ cases: 300, seed: 7 });
      ({ contract_ids } = sandbox.info());
      await caseApi.ready();
      cases = new CaseClient({ fetch: sandbox.fetch, baseUrl: sandbox.baseUrl, token: "synthetic", pace: { perSecond: 0 } });
      await works(cases);
    },

    "a panic in a call that waits for nothing ends everything that is under way": async () => {
      const calls = underWay();
      await new Promise((done) => setTimeout(done, 20));
      const trap = thrown(panicNow);
      if (!(trap instanceof WebAssembly.RuntimeError)) throw new Error(`no trap but ${trap}`);
      await toldAndBroughtBack(calls);
    },

    "a panic that nobody has called for, in a future, ends everything as well, and no process": async () => {
      const calls = underWay();
      panicAfter(new Promise((done) => setTimeout(done, 20)));
      await toldAndBroughtBack(calls);
    },

    "a panic inside of what the client calls is an internal error of that call": async () => {
      const client = new CaseClient({ token: "synthetic", maxRetries: 0, fetch: async () => panicNow() });
      const error = await failure(client.caseSummary({ case_ids: ids }), "the call");
      internal(error, "the call");
      equal(error instanceof InternalError && isCaseApiError(error), true, "an error of its class");
      await toldAndBroughtBack([]);
    },

    "what comes when the module is gone is not heard, and disturbs nobody": async () => {
      const answers = [];
      const told = [];
      const hooks = { onResponse: (event) => told.push(event), onRetry: (event) => told.push(event) };
      const fetch = () => new Promise((...settle) => answers.push(settle));
      const late = new CaseClient({ token: "synthetic", fetch, hooks, timeoutMs: 100 });
      const [first, second] = [0, 1].map(() => failure(late.caseSummary({ case_ids: ids }), "the call"));
      await new Promise((done) => setTimeout(done, 20));
      equal(answers.length, 2, "requests");
      thrown(panicNow);
      internal(await first, "the first call");
      answers[0][0](new Response("{}"));
      await new Promise((done) => setTimeout(done, 20));
      await reset();
      answers[1][1](new Error("late"));
      internal(await second, "the second call");
      // Longer than the timeout of what has ended.
      await new Promise((done) => setTimeout(done, 200));
      equal(told.length, 0, "hooks that were called");
      await works(cases);
    },

    "a sweep that a panic breaks off goes on where it was": async () => {
      const seen = new Set();
      const params = { contract_ids };
      const broken = cases.sweep(params);
      const error = await failure(
        (async () => {
          for await (const one of broken) {
            seen.add(one.case_id);
            if (seen.size === 40) panicAfter(Promise.resolve());
            await 0;
          }
        })(),
        "the sweep",
      );
      internal(error, "the sweep");
      const resume = broken.resumeToken();
      equal(typeof resume, "string", "the token of a sweep that was never asked for one");
      await reset();
      for await (const one of cases.sweep(params, { resume })) seen.add(one.case_id);
      const all = new Set();
      for await (const one of cases.sweep(params)) all.add(one.case_id);
      equal([...all].filter((id) => !seen.has(id)).length, 0, "cases lost");
      if (all.size < 100) throw new Error(`only ${all.size} cases`);
    },

    "reset ends what is under way, whoever asks for it and how often": async () => {
      const calls = underWay();
      await new Promise((done) => setTimeout(done, 20));
      const resets = [reset(), reset()];
      for (const [what, ended] of calls) internal(await ended, what);
      await resets[0];
      const slow = (...request) => new Promise((done) => setTimeout(done, 30)).then(() => sandbox.fetch(...request));
      const begun = works(new CaseClient({ fetch: slow, baseUrl: sandbox.baseUrl, token: "synthetic" }));
      await resets[1];
      if (await Promise.race([begun.then(() => false), new Promise((late) => setTimeout(late, SOON_MS, true))])) {
        throw new Error("the second reset has ended what began after the first");
      }
    },

    "again and again": async () => {
      for (let round = 0; round < 20; round += 1) {
        const pending = failure(hangs().caseSummary({ case_ids: ids }), "the call");
        await 0;
        thrown(panicNow);
        internal(await pending, `round ${round}`);
        await reset();
        await works(cases);
      }
    },
  };
}

/** What nobody could catch, from now on: an error in a timer, a promise that was rejected with nobody listening. */
export function whatNobodyCaught() {
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

/** Runs them all, one after another. Gives for each its name, and what was wrong or null. */
export async function outcomes(parts) {
  const results = [];
  for (const [name, check] of Object.entries(checksOf(parts))) {
    const wrong = await check().then(() => null, (error) => String(error?.stack ?? error));
    results.push([name, wrong]);
    // What follows would only say the same.
    if (wrong !== null) await parts.caseApi.reset().catch(() => {});
  }
  return results;
}
