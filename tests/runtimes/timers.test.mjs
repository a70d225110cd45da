// Calls under replaced timers and clocks: fake ones of test libraries, installed before, during and after a call, and
// ones that are missing, throw, call back at once or go backwards. No call hangs, nor does a later one.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { mock, test } from "node:test";
import { pathToFileURL } from "node:url";
import { CaseClient } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";

const tools = createRequire(process.env.TOOLS);
const { default: sinon } = await import(pathToFileURL(tools.resolve("@sinonjs/fake-timers")));

const sandbox = await createSandbox({ cases: 300, seed: 5 });
const { contract_ids, case_ids } = sandbox.info();
const [case_id] = case_ids;
/** Everything that a library replaces with fakes, except for functions that Node's test runner needs. */
const FAKED = [
  "setTimeout",
  "clearTimeout",
  "setImmediate",
  "clearImmediate",
  "setInterval",
  "clearInterval",
  "Date",
  "performance",
  "hrtime",
  "queueMicrotask",
];
const LIBRARIES = {
  "@sinonjs/fake-timers (also Jest's and Vitest's)": () => {
    const clock = sinon.install({ now: Date.now(), toFake: FAKED });
    return { move: (ms) => clock.tickAsync(ms), restore: () => clock.uninstall() };
  },
  "node:test": () => {
    const { setImmediate } = globalThis;
    mock.timers.enable({ apis: ["setTimeout", "setInterval", "setImmediate", "Date"], now: Date.now() });
    const move = (ms) => {
      mock.timers.tick(ms);
      return new Promise((resolve) => setImmediate(resolve));
    };
    return { move, restore: () => mock.timers.reset() };
  },
};

/** A client, and requests that are answered when released. */
function held(options) {
  const waiting = [];
  let isHeld = true;
  const fetch = async (url, init) => {
    if (isHeld) await new Promise((resolve) => waiting.push(resolve));
    return sandbox.fetch(url, init);
  };
  const letGo = () => {
    isHeld = false;
    for (const resolve of waiting) resolve();
  };
  const sent = async () => {
    while (waiting.length === 0) await Promise.resolve();
  };
  return { client: new CaseClient({ ...sandbox.clientOptions, fetch, ...options }), letGo, sent };
}

/** A client whose first request fails with a retryable error. */
function failingOnce(options) {
  let count = 0;
  const fetch = async (url, init) => {
    count += 1;
    if (count === 1) throw new TypeError("the connection broke");
    return sandbox.fetch(url, init);
  };
  return new CaseClient({ ...sandbox.clientOptions, fetch, ...options });
}

const all = async (list) => {
  const ids = [];
  for await (const one of list) ids.push(one.case_id);
  return ids.length;
};

for (const [library, install] of Object.entries(LIBRARIES)) {
  /** Runs a function under fake timers. */
  const faked = async (work) => {
    const clock = install();
    try {
      return await work(clock);
    } finally {
      clock.restore();
    }
  };

  test(`${library}: calls under fake timers need no time, and later ones succeed`, async () => {
    const client = new CaseClient(sandbox.clientOptions);
    const bulk = { contract_ids: contract_ids.slice(0, 12) };
    const under = await faked(async () => {
      assert.equal((await client.caseDetails({ case_id })).case_id, case_id);
      assert.ok((await all(client.casesByContract({ contract_ids: contract_ids.slice(0, 2) }))) > 0);
      return all(client.allCases(bulk));
    });
    assert.equal((await client.caseDetails({ case_id })).case_id, case_id);
    assert.equal(await all(client.allCases(bulk)), under);
    assert.equal((await new CaseClient(sandbox.clientOptions).caseSummary({ case_ids: [case_id] })).count, 1);
  });

  test(`${library}: a call may start under real timers and end under fake ones, and vice versa`, async () => {
    const { client, letGo, sent } = held({ timeoutMs: 10_000 });
    const first = client.caseDetails({ case_id });
    await sent();
    const second = await faked(async () => {
      letGo();
      assert.equal((await first).case_id, case_id);
      const late = held({ timeoutMs: 10_000 });
      const call = late.client.caseDetails({ case_id });
      await late.sent();
      return { call, letGo: late.letGo };
    });
    second.letGo();
    assert.equal((await second.call).case_id, case_id);
  });

  test(`${library}: a retry waits in real time, or until fake time advances`, async () => {
    const short = failingOnce({ backoff: { baseMs: 20, capMs: 20 } });
    assert.equal((await faked(() => short.caseDetails({ case_id }))).case_id, case_id);

    // Node's own fakes run no microtasks between the timers that they advance.
    if (library === "node:test") return;
    const long = failingOnce({ timeoutMs: 0, backoff: { baseMs: 3_000_000, capMs: 3_000_000 } });
    await faked(async ({ move }) => {
      let isDone = false;
      const call = long.caseDetails({ case_id }).finally(() => (isDone = true));
      for (let moved = 0; !isDone && moved < 40; moved += 1) await move(100_000);
      assert.equal((await call).case_id, case_id);
    });
  });

  test(`${library}: a call under fake timers without a response ends with its timeout`, async () => {
    const { client, letGo } = held({ timeoutMs: 50 });
    await faked(() => assert.rejects(client.caseDetails({ case_id }), { code: "TIMEOUT" }));
    // A call that outlives the fake timers.
    const outliving = await faked(async () => ({ call: client.caseDetails({ case_id }) }));
    await assert.rejects(outliving.call, { code: "TIMEOUT" });
    letGo();
  });

  test(`${library}: a rate limit under fake timers does not block later calls`, async () => {
    const client = new CaseClient({ ...sandbox.clientOptions, rateLimit: { perSecond: 2, perDay: 0 } });
    await faked(() => Promise.all([1, 2, 3].map(() => client.caseDetails({ case_id }))));
    const start = performance.now();
    await Promise.all([1, 2].map(() => client.caseDetails({ case_id })));
    assert.ok(performance.now() - start < 4000);
  });
}

/** Faulty replacements of the runtime's functions. */
const BROKEN = {
  "no setTimeout": "delete globalThis.setTimeout; delete globalThis.clearTimeout;",
  "a setTimeout that throws": "globalThis.setTimeout = () => { throw new Error('no timers here'); };",
  "a setTimeout that calls back at once": "globalThis.setTimeout = (callback) => { callback(); return 0; };",
  "a setTimeout that never calls back": "globalThis.setTimeout = () => 0;",
  "a clock that throws":
    "const fail = () => { throw new Error('no clock here'); }; performance.now = fail; Date.now = fail;",
  "a clock that only goes back":
    "let ms = 1e6; const back = () => (ms -= 1000); performance.now = back; Date.now = back;",
};

/** A script of calls that prints the outcome of each in one line. */
const CALLS = `
  const report = async (call) => console.log(await call.then(() => "ok", (error) => error.code ?? String(error)));
  const client = new CaseClient({ ...sandbox.clientOptions, backoff: { baseMs: 5, capMs: 5 } });
  await report(client.caseDetails({ case_id }));
  await report(Promise.all([1, 2, 3].map(() => client.caseDetails({ case_id }))));
  sandbox.fault("reset", { times: 1 });
  await report(client.caseDetails({ case_id }));
  const paced = new CaseClient({ ...sandbox.clientOptions, rateLimit: { perSecond: 2, perDay: 0 } });
  await report(Promise.all([1, 2, 3].map(() => paced.caseDetails({ case_id }))));
  await report((async () => { for await (const _ of client.allCases({ contract_ids })); })());
  const mute = new CaseClient({ ...sandbox.clientOptions, fetch: () => new Promise(() => {}) });
  await report(mute.caseDetails({ case_id }, { timeoutMs: 40 }));
`;

const IMPORTS = `
  const { CaseClient } = await import("cisco-support-case");
  const { createSandbox } = await import("cisco-support-case/sandbox");`;
const SANDBOX = `
  const sandbox = await createSandbox({ cases: 100, seed: 5 });
  const { case_ids: [case_id], contract_ids } = sandbox.info();`;

/** Output and exit status of a script. */
function ran(script) {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: new URL(".", import.meta.url),
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 20_000,
    killSignal: "SIGKILL",
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => (stdout += data));
  child.stderr.on("data", (data) => (stderr += data));
  return new Promise((resolve) =>
    child.on("close", (code) => resolve({ code, stderr, lines: stdout.trim().split("\n") })),
  );
}

for (const [name, broken] of Object.entries(BROKEN)) {
  test(`${name}, installed after the import: every call ends as without it`, async () => {
    const keep = "const alive = setInterval(() => {}, 1000);";
    const { code, lines, stderr } = await ran(`${IMPORTS}${SANDBOX}${keep}${broken}${CALLS}\nclearInterval(alive);`);
    assert.deepEqual([lines, code], [["ok", "ok", "ok", "ok", "ok", "TIMEOUT"], 0], stderr);
  });

  // If it never calls back, nothing can measure the time.
  if (name === "a setTimeout that never calls back") continue;
  test(`${name}, installed before the import: every call ends`, async () => {
    const keep = "const alive = setInterval(() => {}, 1000);";
    const { code, lines, stderr } = await ran(`${keep}${broken}${IMPORTS}${SANDBOX}${CALLS}\nclearInterval(alive);`);
    assert.deepEqual([lines, code], [["ok", "ok", "ok", "ok", "ok", "TIMEOUT"], 0], stderr);
  });
}
