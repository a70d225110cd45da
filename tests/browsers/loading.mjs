// How the package is loaded in a real browser: the package as packed, as plain ES modules, under a policy that lets
// WebAssembly be compiled and nothing else be evaluated. Each check has a page of its own.
//
//   PACKAGE    the packed package's folder
//   BROWSER…   which browser, and what it takes: browser.mjs
//
// Prints a line for each check and closes with `N passed, N failed`.

import { join } from "node:path";
import process from "node:process";
import { Browser, kind } from "./browser.mjs";
import { POLICY, Site } from "./site.mjs";

const { PACKAGE } = process.env;
if (!PACKAGE) throw new Error("PACKAGE must be set; the head of this file says to what");

const SIZE = { width: 800, height: 600 };
const MODULE = "/a/wasm/client.wasm";

let passed = 0;
let failed = 0;
const site = await Site.serve(PACKAGE, ["a", "b"]);
let browser = await Browser.start(SIZE);
console.log(`in ${await browser.version()}, under ${POLICY}`);

/** Runs in the page. */
const run = (work, ...args) => browser.run(work, ...args);

async function check(name, work) {
  Object.assign(site, { policy: POLICY, fault: "", delayMs: 0, asked: [] });
  try {
    await browser.goto(site.address);
    await until(() => typeof window.ask === "function");
    await work();
    passed += 1;
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}: ${error.message.replaceAll("\n", " ").slice(0, 700)}`);
  }
}

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

/** An error's kind, code and whether it may be tried again; its sentence and advice are to say so much. */
function isError(told, [kindOf, code, retryable], ...words) {
  same([told.kind, told.code, told.retryable], [kindOf, code, retryable], JSON.stringify(told));
  for (const word of words) {
    if (!`${told.message} ${told.advice}`.includes(word))
      throw new Error(`"${told.message}" "${told.advice}" lack "${word}"`);
  }
}

const NOT_LOADED = ["invalid_request", "NOT_LOADED", false];
const LOAD_FAILED = ["network", "LOAD_FAILED", true];
const NO_SIMD = ["unavailable", "NO_SIMD", false];
const NO_WASM = ["unavailable", "NO_WASM", false];

try {
  await useBeforeInit();
  await failures();
  await twice();
  await twoCopies();
  await panics();
  await exchanges();
  await check("nothing above broke the policy, and what breaks it does not run", policy);
  await refused();
  await withoutSimd();
  await withoutWasm();
} catch (error) {
  failed += 1;
  console.log(`FAILED the checks broke off: ${error.message}`);
} finally {
  await browser.quit();
  site.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

async function useBeforeInit() {
  await check("before the module is there, what needs it throws one clear sentence, and look-ups answer", async () => {
    site.delayMs = 1500;
    const [told, looked] = await run(async () => {
      const a = await load("a");
      const calls = [
        () => a.checkCaseSummary({ case_ids: ["612345678"] }),
        () => a.checkCasesByContract({ contract_ids: ["1"] }),
        () => a.checkSweep({ contract_ids: ["1"] }),
        () => a.decodeCaseSummary(new TextEncoder().encode("{}")),
        () => a.decodeCaseDetails(new TextEncoder().encode("{}")),
        () => a.decodeCasesPage(new TextEncoder().encode("{}")),
      ];
      const record = { page_index: 1, last_index: 2, total_records: 101 };
      const looked = [a.explainError("CASE_NOTFOUND").length, a.parseIds("612345678"), a.nextPageIndex(record)];
      return [await Promise.all(calls.map(told)), [...looked, clientOf(a).budget().inFlight.used]];
    });
    for (const one of told) isError(one, NOT_LOADED, "not loaded yet", "ready()");
    same(looked, [1, ["612345678"], 2, 0], "what was looked up");
    // Nothing here has waited for the module: its request may still be on its way.
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
        // By now the first one's module has come.
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
      const frame = document.createElement("iframe");
      frame.src = "/";
      await new Promise((done) => {
        frame.addEventListener("load", done);
        document.body.append(frame);
      });
      const theirs = await frame.contentWindow.load("a");
      const error = await theirs.ready().then(() =>
        frame.contentWindow
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

/** After everything else, so that what is heard here was not to be heard before. */
async function policy() {
  await browser.gather();
  same(browser.breaches, [], "breaches of the policy");
  const ran = await run(async () => {
    window.ran = [];
    // What a driver evaluates may evaluate in Chromium, until it waits.
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
  // WebKit does not tell of the attribute.
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

/** In a browser that is started so. */
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
      const names = ["/a/entry/browser.js", "/a/sandbox.js", "/a/wasm/client.js", "/panics/scenario.js"];
      const [caseApi, { createSandbox }, wasm, scenario] = await Promise.all(names.map((name) => import(name)));
      const uncaught = scenario.whatNobodyCaught();
      const outcomes = await scenario.outcomes({ caseApi, createSandbox, wasm });
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

/** A client whose surroundings misbehave, as in Node. */
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
      for (const one of all) isError(one, NO_WASM, "switched off");
    }),
  );
}
