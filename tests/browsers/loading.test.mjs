// Loading of the packed package in a real browser, as plain ES modules, under a policy that allows the compilation of
// WebAssembly and no other evaluation. Each check has its own page.
//
//   PACKAGE    the packed package's folder
//   BROWSER…   the browser and its options: see browser.mjs

import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { Browser, kind } from "./browser.mjs";
import { POLICY, Site } from "./site.mjs";

const { PACKAGE } = process.env;
if (!PACKAGE) throw new Error("PACKAGE must be set; the head of this file says to what");

const SIZE = { width: 800, height: 600 };
const MODULE = "/a/wasm/page.wasm";
const BULK = "/a/wasm/bulk.wasm";
const CHUNK = "/a/bulk/index.js";
const TEXTS = "/a/generated/error-rows.js";
const ALL = (path) => path.endsWith(".wasm");
const IDS = ["612345678", "612345679"];

const site = await Site.serve(PACKAGE, ["a", "b"]);
let browser = await Browser.start(SIZE);
console.log(`in ${await browser.version()}, under ${POLICY}`);

/** Runs in the page. */
const run = (work, ...args) => browser.run(work, ...args);

/** Runs a test in its own page, on a site without faults. */
const check = (name, work) =>
  test(name, async () => {
    Object.assign(site, {
      policy: POLICY,
      fault: "",
      hasInlined: false,
      delayMs: 0,
      asked: [],
      files: [],
      concerns: ALL,
      replaced: undefined,
    });
    await browser.goto(site.address);
    await until(() => typeof window.ask === "function");
    await work();
  });

async function until(condition) {
  const end = Date.now() + 10_000;
  while (!(await run(condition))) {
    if (Date.now() > end) throw new Error(`waited in vain for ${condition}`);
  }
}

async function moduleIsAsked() {
  const end = Date.now() + 10_000;
  while (site.asked.length === 0) {
    if (Date.now() > end) throw new Error("no module was asked for");
    await new Promise((done) => setTimeout(done, 5));
  }
}

function same(actual, expected, what) {
  const [one, other] = [actual, expected].map((value) => JSON.stringify(value));
  if (one !== other) throw new Error(`${what}: expected ${other}, got ${one}`);
}

/** Asserts an error's kind, code and retryability, and words of its message, advice and hint. */
function isError(told, [kindOf, code, retryable], ...words) {
  same([told.kind, told.code, told.retryable], [kindOf, code, retryable], JSON.stringify(told));
  for (const word of words) {
    if (!`${told.message} ${told.advice} ${told.hint}`.includes(word))
      throw new Error(`"${told.message}" "${told.advice}" "${told.hint}" lack "${word}"`);
  }
}

const NOT_LOADED = ["invalid_request", "NOT_LOADED", false];
const LOAD_FAILED = ["network", "LOAD_FAILED", true];
const INACTIVE_TEXTS = ["is not approved or has been disabled", "have the application's key activated"];
const INACTIVE = ["permission", "Account Inactive", false];
const VERSION_MISMATCH = ["unavailable", "VERSION_MISMATCH", false];
const NO_SIMD = ["unavailable", "NO_SIMD", false];
const NO_WASM = ["unavailable", "NO_WASM", false];

try {
  await useBeforeInit();
  await failures();
  await twice();
  await twoCopies();
  await texts();
  await bulkCalls();
  await workers();
  await panics();
  await exchanges();
  await check("nothing above broke the policy, and what breaks it does not run", policy);
  await refused();
  await withoutSimd();
  await withoutWasm();
} finally {
  await browser.quit();
  site.close();
}

async function useBeforeInit() {
  await check("before the module is there, what needs it throws one clear sentence, and look-ups answer", async () => {
    site.delayMs = 1500;
    const [told, looked] = await run(async () => {
      const a = await load("a");
      const calls = [
        () => a.checkCaseSummary({ case_ids: ["612345678"] }),
        () => a.checkCasesByContract({ contract_ids: ["1"] }),
        () => a.checkAllCases({ contract_ids: ["1"] }),
        () => a.decodeCaseSummary(new TextEncoder().encode("{}")),
        () => a.decodeCaseDetails(new TextEncoder().encode("{}")),
        () => a.decodeCasesPage(new TextEncoder().encode("{}")),
      ];
      const record = { page_index: 1, last_index: 2, total_records: 101 };
      const looked = [a.explainError("CASE_NOTFOUND").length, a.parseIds("612345678"), a.nextPageIndex(record)];
      return [await Promise.all(calls.map(told)), [...looked, clientOf(a).budget().concurrent.used]];
    });
    for (const one of told) isError(one, NOT_LOADED, "not loaded yet", "ready()");
    same(looked, [1, ["612345678"], 2, 0], "what was looked up");
    // Nothing has awaited the module: its request may still be pending.
    await moduleIsAsked();
    same(site.asked, [MODULE], "modules that were asked for");
  });

  await check("asynchronous calls wait by themselves, and synchronous ones work from then on", async () => {
    site.delayMs = 100;
    const answers = await run(async () => {
      const a = await load("a");
      const client = clientOf(a);
      const answers = await Promise.all([ask(client), ask(clientOf(a)), ask(client)]);
      return [answers.map(({ count }) => count), a.parseIds("612345678, 612345679")];
    });
    same(
      answers,
      [
        [0, 0, 0],
        ["612345678", "612345679"],
      ],
      "answers",
    );
    same(site.asked, [MODULE], "modules that were asked for");
  });

  await check(
    "a call that is called off while the module is on its way ends at once, and one out of time too",
    async () => {
      site.delayMs = 1500;
      const [aborted, late, ms] = await run(async () => {
        const client = clientOf(await load("a"));
        const start = performance.now();
        const both = await Promise.all([
          told(() => client.caseSummary({ case_ids: ["612345678"] }, { signal: AbortSignal.timeout(50) })),
          told(() => client.caseSummary({ case_ids: ["612345678"] }, { timeoutMs: 50 })),
        ]);
        return [...both, performance.now() - start];
      });
      isError(aborted, ["aborted", "ABORTED", false]);
      isError(late, ["timeout", "TIMEOUT", true], "loading the module");
      if (ms > 1400) throw new Error(`that took ${ms} ms`);
    },
  );
}

async function failures() {
  for (const [fault, about, word] of [
    ["missing", "is not there", "404"],
    ["page", "is a page of HTML", "could not be loaded"],
    ["cut", "is cut short", "could not be loaded"],
    ["broken", "breaks off on its way", "could not be loaded"],
    ["down", "cannot be reached", "could not be loaded"],
  ]) {
    await check(`a module that ${about} is a clear error, and the next call tries again`, async () => {
      site.fault = fault;
      const [first, second] = await run(async () => {
        const a = await load("a");
        Object.assign(window, { a, client: clientOf(a) });
        return [await told(() => a.ready()), await told(() => ask(window.client))];
      });
      for (const one of [first, second]) {
        isError(one, LOAD_FAILED, word, ".wasm");
        if (!one.cause) throw new Error("it has no cause");
      }
      const before = site.asked.length;
      if (before < 2) throw new Error(`the module was asked for ${before} times`);
      site.fault = "";
      same(await run(async () => (await ask(window.client)).count), 0, "answer");
      same(site.asked.length, before + 1, "times that the module was asked for");
      same(await run(() => window.a.parseIds("1 2").length), 2, "ids");
    });
  }

  for (const fault of ["missing", "page", "cut", "broken", "down"]) {
    await check(`modules with the fault \`${fault}\` come inside scripts`, async () => {
      Object.assign(site, { fault, hasInlined: true });
      const told = await run(async () => {
        const a = await load("a");
        const client = clientOf(a);
        const { count } = await ask(client);
        return [count, (await ask(client)).count, await allCases(a), a.checkAllCases({ contract_ids: ["1"] })];
      });
      same(told, [0, 0, IDS, []], "answers");
      same(
        // A browser requests unavailable files several times.
        [...new Set(site.files.filter((path) => /inlined-|\.wasm$/.test(path)))].sort(),
        ["/a/wasm/bulk.wasm", "/a/wasm/inlined-bulk.js", "/a/wasm/inlined-client.js", "/a/wasm/page.wasm"],
        "modules that were asked for",
      );
    });
  }

  await check(
    "scripts that have the modules inside are not asked for without need, nor without a network",
    async () => {
      site.hasInlined = true;
      await run(async () => {
        const a = await load("a");
        await ask(clientOf(a));
        await allCases(a);
      });
      site.fault = "down";
      const one = await run(async () => {
        Object.defineProperty(navigator, "onLine", { configurable: true, value: false });
        return told(async () => ask(clientOf(await load("b"))));
      });
      isError(one, LOAD_FAILED);
      same(
        site.files.filter((path) => path.includes("inlined")),
        [],
        "scripts",
      );
    },
  );

  await check("a module that is served as any file does load", async () => {
    site.fault = "untyped";
    same(await run(async () => (await ask(clientOf(await load("a")))).count), 0, "answer");
  });
}

async function twice() {
  await check("ready() at once, again and later fetches the module once", async () => {
    site.delayMs = 50;
    await run(async () => {
      const a = await load("a");
      await Promise.all([a.ready(), a.ready(), ask(clientOf(a))]);
      await a.ready();
      const again = await load("a");
      await again.ready();
      return ask(clientOf(again));
    });
    same(site.asked, [MODULE], "modules that were asked for");
  });

  for (const [order, fetched] of [
    [["entry/browser", "inline"], [MODULE]],
    [["inline", "entry/browser"], []],
  ]) {
    await check(`both entries in one page, ${order.join(" first, then ")}: there is one module`, async () => {
      const found = await run(async (order) => {
        const [one, other] = [await load("a", order[0]), await load("a", order[1])];
        await Promise.all([one.ready(), other.ready()]);
        const problems = [[], []].map((case_ids, at) => [one, other][at].checkCaseSummary({ case_ids }).length);
        const counts = [(await ask(clientOf(one))).count, (await ask(clientOf(other))).count];
        return [one.CaseClient === other.CaseClient, problems, counts];
      }, order);
      same(found, [true, [1, 1], [0, 0]], "one class, problems, counts");
      same(site.asked, fetched, "modules that were asked for");
    });
  }

  await check(
    "the inline entry while the other's module is on its way: what was begun goes on, in one module",
    async () => {
      site.delayMs = 300;
      const hosts = await run(async () => {
        const a = await load("a");
        const one = clientOf(a, "one");
        const pending = ask(one);
        const inline = await load("a", "inline");
        const other = clientOf(inline, "other");
        await ask(other);
        // The first copy's module has loaded by now.
        await pending;
        await new Promise((done) => setTimeout(done, 100));
        window.hosts.length = 0;
        for (const client of [one, other, clientOf(a, "third"), one, other]) await ask(client);
        return window.hosts;
      });
      same(
        hosts,
        ["one", "other", "third", "one", "other"].map((name) => `${name}.invalid`),
        "hosts that were asked",
      );
    },
  );

  await check("the inline entry steps in where the other's module does not come", async () => {
    Object.assign(site, { delayMs: 300, fault: "missing" });
    const count = await run(async () => {
      const a = await load("a");
      const pending = ask(clientOf(a));
      await load("a", "inline");
      return (await pending).count;
    });
    same(count, 0, "count");
  });
}

/** The error texts, which a page loads at its first error. */
async function texts() {
  const asked = () => site.files.filter((path) => path === TEXTS).length;
  const inactive = () => run(() => told(() => ask(answered(window.a, 403, "<h1>Account Inactive</h1>"))));

  await check("an error of the service has its message and advice, and their texts are loaded once", async () => {
    await run(async () => {
      window.a = await load("a");
      await a.ready();
      await ask(clientOf(a));
    });
    same(asked(), 0, "times that texts were asked for before an error");
    const both = await run(() => {
      const client = answered(a, 403, "<h1>Account Inactive</h1>");
      return Promise.all([told(() => ask(client)), told(() => ask(client))]);
    });
    for (const one of [...both, await inactive()]) isError(one, INACTIVE, ...INACTIVE_TEXTS);
    same(asked(), 1, "times that texts were asked for");
  });

  await check("an error of no answer has its words and its hint at once", async () => {
    const error = await run(async () => {
      const a = await load("a");
      await a.ready();
      const fetch = async () => {
        throw new TypeError("Failed to fetch");
      };
      const client = new a.CaseClient({ baseUrl: "https://portal.invalid/api/case", token: "t", maxRetries: 0, fetch });
      return client.caseSummary({ case_ids: ["1"] }).catch((error) => error.toJSON());
    });
    same(asked(), 0, "times that texts were asked for");
    isError(error, ["network", "NETWORK", true], "could not be reached", "(https://portal.invalid)", "cors.origins");
  });

  await check("errors that are found before anything is sent have theirs too", async () => {
    const problems = await run(async () => {
      const a = await load("a");
      return told(() => clientOf(a).caseSummary({ case_ids: [] }));
    });
    isError(problems, ["invalid_request", "MISSING_INPUTS", false], "Invalid request: ");
    same(asked(), 1, "times that texts were asked for");
  });

  for (const fault of ["missing", "down"]) {
    await check(`texts that are ${fault}: the error comes with its code and what goes for its kind`, async () => {
      Object.assign(site, { fault, concerns: (path) => path === TEXTS });
      await run(async () => {
        window.a = await load("a");
        await a.ready();
      });
      const start = Date.now();
      isError(await inactive(), INACTIVE, "Account Inactive", "Ask the portal's operator for access.");
      withinMs(start, 3000);
      site.fault = "";
      // One browser never imports a script again after a failure; its errors stay short.
      const words = kind.importsAgain ? INACTIVE_TEXTS : ["Account Inactive"];
      isError(await inactive(), INACTIVE, ...words);
    });
  }

  await check("texts that are late hold an error up for two seconds, and the next one has them", async () => {
    Object.assign(site, { delayMs: 3500, concerns: (path) => path === TEXTS });
    await run(async () => {
      window.a = await load("a");
      await a.ready();
    });
    const start = Date.now();
    isError(await inactive(), INACTIVE, "Ask the portal's operator for access.");
    withinMs(start, 3400);
    // The texts load during this wait.
    isError(await inactive(), INACTIVE, ...INACTIVE_TEXTS);
    same(asked(), 1, "times that texts were asked for");
  });

  await check("the inline entry has them inside", async () => {
    await run(async () => {
      window.a = await load("a", "inline");
    });
    isError(await inactive(), INACTIVE, ...INACTIVE_TEXTS);
    same(asked(), 0, "times that texts were asked for");
  });
}

function withinMs(start, most) {
  const ms = Date.now() - start;
  if (ms > most) throw new Error(`that took ${ms} ms`);
}

async function bulkCalls() {
  await check("a module of another build than its script is found out before it runs", async () => {
    site.replaced = (path, text) =>
      path === "/a/generated/build.js" ? text.replaceAll(/"[0-9a-f]{8}"/g, '"00000000"') : text;
    const both = await run(async () => {
      const a = await load("a");
      return [await told(() => a.ready()), await told(() => ask(clientOf(a)))];
    });
    for (const one of both) isError(one, VERSION_MISMATCH, "different builds", "00000000", "Reload the page");
    if (!site.asked.includes(MODULE)) throw new Error(`asked for ${site.asked}`);
  });

  await check("the first bulk call loads what it needs, and only the first", async () => {
    const ids = await run(async () => {
      const a = await load("a");
      window.a = a;
      await a.ready();
      await ask(clientOf(a));
      return a.checkCaseSummary({ case_ids: [] }).length;
    });
    same(ids, 1, "problems");
    same([site.asked, site.files.filter((path) => path.startsWith("/a/bulk/"))], [[MODULE], []], "before a bulk call");
    const cases = await run(async () => [
      await allCases(a),
      await allCases(a),
      a.checkAllCases({ contract_ids: ["1"] }),
    ]);
    same(cases, [IDS, IDS, []], "cases, and problems of a bulk read");
    same([site.asked, site.files.filter((path) => path === CHUNK)], [[MODULE, BULK], [CHUNK]], "after it");
  });

  await check("its script and its module are fetched at the same time", async () => {
    Object.assign(site, { delayMs: 500, concerns: (path) => path === CHUNK });
    await run(async () => {
      window.a = await load("a");
      await a.ready();
      window.pending = allCases(a);
    });
    const end = Date.now() + 10_000;
    while (!site.asked.includes(BULK) || !site.files.includes(CHUNK)) {
      if (Date.now() > end) throw new Error(`asked for ${site.files}`);
      await new Promise((done) => setTimeout(done, 5));
    }
    // The script is still loading.
    same(
      await run(() => performance.getEntriesByName(new URL("/a/bulk/run.js", location.href).href).length),
      0,
      "more",
    );
    same(await run(() => window.pending), IDS, "cases");
  });

  await check("bulk calls that are made together load it once, and go on together", async () => {
    Object.assign(site, { delayMs: 100 });
    const all = await run(async () => {
      const a = await load("a");
      return Promise.all([allCases(a), allCases(a), allCases(a)]);
    });
    same(all, [IDS, IDS, IDS], "cases");
    // Concurrent requests may arrive in any order.
    same(site.asked.toSorted(), [BULK, MODULE], "modules that were asked for");
  });

  await check("a bulk call that is called off while it loads ends at once", async () => {
    Object.assign(site, { delayMs: 1500, concerns: (path) => path === BULK || path === CHUNK });
    const [aborted, ms] = await run(async () => {
      const a = await load("a");
      await a.ready();
      const start = performance.now();
      return [await told(() => allCases(a, { signal: AbortSignal.timeout(50) })), performance.now() - start];
    });
    isError(aborted, ["aborted", "ABORTED", false]);
    if (ms > 1400) throw new Error(`that took ${ms} ms`);
  });

  await check("before it is there, a check of a bulk read says what to import", async () => {
    const one = await run(async () => {
      const a = await load("a");
      await a.ready();
      return told(() => a.checkAllCases({ contract_ids: ["1"] }));
    });
    isError(one, NOT_LOADED, "not loaded yet", 'import "cisco-support-case/bulk"', "ready()");
  });

  for (const [what, file] of [
    ["the module", BULK],
    ["the script", CHUNK],
    ["a script of its script", "/a/bulk/run.js"],
  ]) {
    for (const fault of ["down", "missing"]) {
      await check(
        `${what} of bulk calls ${fault}: a clear error, other calls go on, and a later one works`,
        async () => {
          Object.assign(site, { fault, concerns: (path) => path === file });
          const [first, second, count] = await run(async () => {
            const a = await load("a");
            window.a = a;
            const failures = [
              await told(() => allCases(a)),
              await told(() => clientOf(a).estimate({ contract_ids: ["1"] })),
            ];
            return [...failures, (await ask(clientOf(a))).count];
          });
          for (const one of [first, second]) {
            isError(one, LOAD_FAILED, "could not be loaded");
            if (!one.cause) throw new Error("it has no cause");
          }
          same(count, 0, "a call that is none in bulk");
          site.fault = "";
          if (!kind.importsAgain && file !== BULK) {
            console.log(
              `· ${kind.title} imports no script again that could not be imported, until the page is loaded again`,
            );
            isError(await run(() => told(() => allCases(window.a))), LOAD_FAILED, 'import "cisco-support-case/bulk"');
            return;
          }
          same(await run(() => allCases(window.a)), IDS, "cases");
          same(await run(() => a.checkAllCases({ contract_ids: ["1"] })), [], "problems");
        },
      );
    }
  }

  await check("without a network the script is left alone until the module comes, in every browser", async () => {
    Object.assign(site, { fault: "down", concerns: (path) => path === BULK || path === CHUNK });
    const one = await run(async () => {
      const a = await load("a");
      window.a = a;
      await a.ready();
      Object.defineProperty(navigator, "onLine", { configurable: true, value: false });
      return told(() => allCases(a));
    });
    isError(one, LOAD_FAILED);
    same(site.files.filter((path) => path === CHUNK).length, 0, "times that the script was asked for");
    site.fault = "";
    same(await run(() => allCases(window.a)), IDS, "cases while the browser says so");
  });

  await check("a bulk read that could not load can be iterated again", async () => {
    Object.assign(site, { fault: "down", concerns: (path) => path === BULK });
    const first = await run(async () => {
      window.a = await load("a");
      const params = { case_ids: ["1"] };
      const answer = () => new Response('{"count":0,"cases":[]}', { headers: { "content-type": "application/json" } });
      window.one = new a.CaseClient({ fetch: answer, token: "synthetic", baseUrl: "https://service.invalid" }).allCases(
        params,
      );
      return [await told(() => one[Symbol.asyncIterator]().next()), one.resumeToken(), one.failures];
    });
    isError(first[0], LOAD_FAILED);
    same(first.slice(1), [null, []], "token and failures");
    site.fault = "";
    // The case is not found.
    isError(await run(() => told(() => one[Symbol.asyncIterator]().next())), ["not_found", "CASE_NOTFOUND", false]);
  });

  await check("a script of bulk calls of another build is found out before it runs", async () => {
    site.replaced = (path, text) =>
      path === "/a/generated/bulk-build.js" ? text.replaceAll(/"[0-9a-f]{8}"/g, '"00000000"') : text;
    const one = await run(async () => told(async () => allCases(await load("a"))));
    site.replaced = undefined;
    isError(one, VERSION_MISMATCH, "different builds", "Reload the page");
  });

  await check("cisco-support-case/bulk loads it at once, and ready() waits for both", async () => {
    for (const order of [
      ["bulk", "entry/browser"],
      ["entry/browser", "bulk"],
    ]) {
      Object.assign(site, { delayMs: 50, asked: [], files: [] });
      await browser.goto(site.address);
      await until(() => typeof window.ask === "function");
      const problems = await run(async (order) => {
        for (const name of order) await load("a", name);
        const a = await load("a");
        await a.ready();
        window.a = a;
        return a.checkAllCases({ contract_ids: ["1"] });
      }, order);
      same(problems, [], "problems");
      same(site.asked.toSorted(), [BULK, MODULE], "modules that were asked for");
      same(await run(() => allCases(a)), IDS, "cases");
      same(site.asked.length, 2, "modules after a bulk call");
    }
  });

  await check("ready() says where the module of bulk calls did not come, and asks for it again", async () => {
    Object.assign(site, { fault: "down", concerns: (path) => path === BULK });
    const one = await run(async () => {
      await load("a", "bulk");
      window.a = await load("a");
      return [await told(() => a.ready()), await told(async () => (await ask(clientOf(a))).count)];
    });
    isError(one[0], LOAD_FAILED, "could not be loaded");
    same(one[1].value, 0, "a call that is none in bulk");
    site.fault = "";
    same(await run(async () => a.ready().then(() => a.checkAllCases({ contract_ids: ["1"] }))), [], "problems");
  });

  await check("the inline entry has it inside, and asks for nothing", async () => {
    const found = await run(async () => {
      const a = await load("a", "inline");
      return [a.checkAllCases({ contract_ids: ["1"] }), await allCases(a)];
    });
    same(found, [[], IDS], "problems, cases");
    same(site.asked, [], "modules that were asked for");
  });

  await check("reset() before and after the first bulk call brings back what was there", async () => {
    const found = await run(async () => {
      const a = await load("a");
      await a.reset();
      const first = await allCases(a);
      await a.reset();
      return [first, a.checkAllCases({ contract_ids: ["1"] }), await allCases(a)];
    });
    same(found, [IDS, [], IDS], "cases, problems, cases");
    same(site.asked, [MODULE, BULK], "modules that were asked for");
  });

  await check("two tabs load it each by itself, and one that is reset leaves the other alone", async () => {
    const found = await run(async () => {
      const a = await load("a");
      const other = await window.framed();
      const theirs = await other.load("a");
      const both = await Promise.all([allCases(a), other.allCases(theirs)]);
      await theirs.reset();
      return [...both, await allCases(a), await other.allCases(theirs)];
    });
    same(found, [IDS, IDS, IDS, IDS], "cases");
  });
}

async function workers() {
  /** Sends a request to a worker with a script. */
  const asked = (script, isService) =>
    run(
      async (script, isService) => {
        const { port1, port2 } = new MessageChannel();
        const answer = new Promise((done, failed) => {
          port1.addEventListener("message", ({ data }) => done(data));
          setTimeout(failed, 20_000, new Error("the worker does not answer"));
        });
        port1.start();
        if (!isService) {
          const worker = new Worker(script, { type: "module" });
          worker.postMessage({}, [port2]);
          return answer.finally(() => worker.terminate());
        }
        const registration = await navigator.serviceWorker.register(script, { type: "module", scope: script });
        const worker = registration.installing ?? registration.active;
        worker.postMessage({}, [port2]);
        return answer.finally(() => registration.unregister());
      },
      script,
      isService,
    );

  await check("two dedicated workers load it each by itself, by their first bulk call", async () => {
    for (const { before, cases, after, secret } of await Promise.all([asked("/worker.js"), asked("/worker.js")])) {
      isError(before, NOT_LOADED, 'import "cisco-support-case/bulk"');
      isError(secret, ["invalid_request", "CREDENTIALS_IN_PAGE", false], "no credentials in a web page");
      same([cases.value, after.value], [IDS, 1], JSON.stringify(cases));
    }
    same(site.asked.toSorted(), [BULK, BULK, MODULE, MODULE], "modules that were asked for");
  });

  await check("a service worker that has imported cisco-support-case/bulk makes bulk calls", async () => {
    const { before, cases, after } = await asked("/worker-early.js", true);
    same([before.value, cases.value, after.value], [1, IDS, 1], JSON.stringify([before, cases]));
  });

  await check("one that has not says what to import, and everything else works", async () => {
    const { before, cases } = await asked("/worker.js", true);
    isError(before, NOT_LOADED, 'import "cisco-support-case/bulk"');
    isError(cases, LOAD_FAILED, 'import "cisco-support-case/bulk"');
  });
}

async function twoCopies() {
  await check("two copies in one page work each by itself, and take each other's errors", async () => {
    const found = await run(async () => {
      const [a, b] = await Promise.all([load("a"), load("b")]);
      await Promise.all([a.ready(), b.ready()]);
      const counts = [(await ask(clientOf(a))).count, (await ask(clientOf(b))).count];
      const error = await clientOf(a)
        .caseSummary({ case_ids: ["no number"] })
        .catch((error) => error);
      const copy = b.errorFromJSON(error);
      const parsed = b.errorFromJSON(JSON.stringify(error));
      return {
        counts,
        apart: a.CaseClient !== b.CaseClient && !(error instanceof b.CaseApiError),
        guards: [a, b].map(({ isCaseApiError }) => [
          isCaseApiError(error),
          isCaseApiError(copy),
          isCaseApiError(new Error()),
        ]),
        copies: [copy, parsed].map((one) => [
          one instanceof b.InvalidRequestError,
          one.code,
          one.problems.length,
          one.message === error.message,
        ]),
        code: error.code,
      };
    });
    same([found.counts, found.apart], [[0, 0], true], "counts, apart");
    same(
      found.guards,
      [
        [true, true, false],
        [true, true, false],
      ],
      "guards",
    );
    same(
      found.copies,
      [
        [true, found.code, 1, true],
        [true, found.code, 1, true],
      ],
      "copies",
    );
    same(site.asked.toSorted(), [MODULE, MODULE.replace("/a/", "/b/")], "modules that were asked for");
  });

  await check("a client of one copy goes on while the other copy is reset", async () => {
    const found = await run(async () => {
      const [a, b] = await Promise.all([load("a"), load("b")]);
      await Promise.all([a.ready(), b.ready()]);
      const [one, other] = [clientOf(a, "one"), clientOf(b, "two")];
      await Promise.all([ask(one), ask(other)]);
      const pending = ask(one);
      await b.reset();
      await pending;
      window.hosts.length = 0;
      for (const client of [one, other, clientOf(a, "three"), clientOf(b, "four")]) await ask(client);
      return [window.hosts, a.parseIds("1 2").length, b.parseIds("1 2 3").length];
    });
    same(found, [["one", "two", "three", "four"].map((name) => `${name}.invalid`), 2, 3], "hosts that were asked, ids");
  });

  await check("an error of another realm is one, and can be made this realm's own", async () => {
    const found = await run(async () => {
      const a = await load("a");
      const other = await window.framed();
      const theirs = await other.load("a");
      const error = await theirs.ready().then(() =>
        other
          .clientOf(theirs)
          .caseSummary({})
          .catch((error) => error),
      );
      const own = a.errorFromJSON(error);
      return [
        error instanceof Error,
        a.isCaseApiError(error),
        own instanceof a.InvalidRequestError,
        own.code === error.code,
      ];
    });
    same(found, [false, true, true, true], "an Error of this realm, one of ours, made our own, the same");
  });
}

/** Runs last: the earlier checks must have caused no violation. */
async function policy() {
  await browser.gather();
  same(browser.breaches, [], "breaches of the policy");
  const ran = await run(async () => {
    window.ran = [];
    // Chromium allows evaluation in code evaluated by a driver until its first await.
    await new Promise((done) => setTimeout(done));
    const element = document.createElement("script");
    element.textContent = "window.ran.push('an element')";
    document.body.append(element);
    document.body.setAttribute("onfocus", "window.ran.push('an attribute')");
    document.body.dispatchEvent(new Event("focus"));
    try {
      window.eval("window.ran.push('eval')");
    } catch (error) {
      if (error.name !== "EvalError") window.ran.push(String(error));
    }
    await new Promise((done) => setTimeout(done, 100));
    return window.ran;
  });
  same(ran, [], "what ran");
  await browser.gather();
  // WebKit does not report the attribute.
  if (browser.breaches.length < 2) throw new Error(`breaches that were heard: ${browser.breaches}`);
}

async function refused() {
  await check("a policy without 'wasm-unsafe-eval' is a clear error that says what to write", async () => {
    site.policy = "script-src 'self'";
    await browser.goto(site.address);
    await until(() => typeof window.ask === "function");
    const all = await run(async () => {
      const a = await load("a");
      return [await told(() => a.ready()), await told(() => ask(clientOf(a))), await told(() => load("b", "inline"))];
    });
    for (const one of all) isError(one, NO_WASM, "Content-Security-Policy", "script-src 'self' 'wasm-unsafe-eval'");
  });
}

/** Runs checks in a browser with a preference. */
async function inAnother(wish, work) {
  await browser.quit();
  browser = await Browser.start({ ...SIZE, ...wish });
  await work();
}

async function panics() {
  site.add("panics", join(import.meta.dirname, "../panics"));
  let outcomes = [];
  await check("a page goes on when the module panics", async () => {
    outcomes = await run(async () => {
      const names = ["/a/entry/browser.js", "/a/sandbox.js", "/a/client/wasm-instance.js", "/panics/scenario.js"];
      const [caseApi, { createSandbox }, modules, scenario] = await Promise.all(names.map((name) => import(name)));
      const uncaught = scenario.whatNobodyCaught();
      const outcomes = await scenario.outcomes({ caseApi, createSandbox, modules });
      return [
        ...outcomes,
        ["nothing was thrown that nobody could catch", uncaught.length > 0 ? uncaught.join("; ") : null],
      ];
    });
  });
  for (const [name, wrong] of outcomes) {
    await check(`in a page: ${name}`, () => {
      if (wrong !== null) throw new Error(wrong);
    });
  }
}

/** Clients with a misbehaving environment, as in Node. */
async function exchanges() {
  site.add("runtimes", join(import.meta.dirname, "../runtimes"));
  let outcomes = [];
  await check("a page has the cases of clients whose surroundings misbehave", async () => {
    outcomes = await run(() => window.exchanges());
    if (outcomes.length === 0) throw new Error("there are none");
  });
  for (const [name, wrong] of outcomes) {
    await check(`in a page: ${name}`, () => {
      if (wrong !== null) throw new Error(wrong);
    });
  }
}

async function withoutSimd() {
  await inAnother({ scalar: true }, () =>
    check("without simd128 the error says so", async () => {
      if (!kind.scalar) {
        console.log(`· ${kind.title} cannot be without simd128: what it would say is put into its mouth`);
        await run(() => {
          const { WebAssembly } = window;
          const refuse = async () => {
            throw new WebAssembly.CompileError("synthetic: no v128");
          };
          Object.assign(WebAssembly, { validate: () => false, instantiate: refuse, instantiateStreaming: refuse });
          WebAssembly.Module = function Module() {
            throw new WebAssembly.CompileError("synthetic: no v128");
          };
        });
      }
      const all = await run(async () => {
        const a = await load("a");
        return [await told(() => a.ready()), await told(() => ask(clientOf(a))), await told(() => load("b", "inline"))];
      });
      for (const one of all) isError(one, NO_SIMD, "simd128", "newer browser");
    }),
  );
}

async function withoutWasm() {
  await inAnother({ bare: true }, () =>
    check("where WebAssembly is switched off the error says so", async () => {
      if (!kind.bare) {
        console.log(`· ${kind.title} cannot be without WebAssembly: it is taken away`);
        await run(() => delete window.WebAssembly);
      }
      same(await run(() => typeof window.WebAssembly), "undefined", "WebAssembly");
      const all = await run(async () => {
        const a = await load("a");
        return [await told(() => a.ready()), await told(() => ask(clientOf(a))), await told(() => load("b", "inline"))];
      });
      for (const one of all) isError(one, NO_WASM, "disabled");
    }),
  );
}
