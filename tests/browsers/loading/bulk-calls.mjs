// The script and the module of bulk calls, which a page loads at its first bulk call.

import { setTimeout as sleep } from "node:timers/promises";
import { kind } from "../browser.mjs";
import {
  BULK,
  browser,
  CHUNK,
  check,
  IDS,
  isError,
  LOAD_FAILED,
  MODULE,
  NOT_LOADED,
  run,
  same,
  site,
  until,
  VERSION_MISMATCH,
} from "./harness.mjs";

export async function bulkCalls() {
  await check("a module of another build than its script fails with VERSION_MISMATCH", async () => {
    site.replaced = (path, text) =>
      path === "/a/generated/build.js" ? text.replaceAll(/"[0-9a-f]{8}"/g, '"00000000"') : text;
    const both = await run(async () => {
      const a = await load("a");
      return [await outcomeOf(() => a.ready()), await outcomeOf(() => requestSummary(clientOf(a)))];
    });
    for (const one of both) isError(one, VERSION_MISMATCH, "different builds", "00000000", "Reload the page");
    if (!site.requestedModules.includes(MODULE)) throw new Error(`requested: ${site.requestedModules}`);
  });

  await check("the first bulk call loads its script and module, and later calls load nothing", async () => {
    const ids = await run(async () => {
      const a = await load("a");
      window.a = a;
      await a.ready();
      await requestSummary(clientOf(a));
      return a.checkCaseSummary({ case_ids: [] }).length;
    });
    same(ids, 1, "problems");
    same(
      [site.requestedModules, site.requestedFiles.filter((path) => path.startsWith("/a/bulk/"))],
      [[MODULE], []],
      "before a bulk call",
    );
    const cases = await run(async () => [
      await allCases(a),
      await allCases(a),
      a.checkAllCases({ contract_ids: ["1"] }),
    ]);
    same(cases, [IDS, IDS, []], "cases, and problems of a bulk read");
    same(
      [site.requestedModules, site.requestedFiles.filter((path) => path === CHUNK)],
      [[MODULE, BULK], [CHUNK]],
      "after it",
    );
  });

  await check("the script and the module of bulk calls are fetched in parallel", async () => {
    Object.assign(site, { delayMs: 500, affects: (path) => path === CHUNK });
    await run(async () => {
      window.a = await load("a");
      await a.ready();
      window.pending = allCases(a);
    });
    const end = Date.now() + 10_000;
    while (!site.requestedModules.includes(BULK) || !site.requestedFiles.includes(CHUNK)) {
      if (Date.now() > end) throw new Error(`requested: ${site.requestedFiles}`);
      await sleep(5);
    }
    // The script is still loading.
    same(
      await run(() => performance.getEntriesByName(new URL("/a/bulk/run.js", location.href).href).length),
      0,
      "more",
    );
    same(await run(() => window.pending), IDS, "cases");
  });

  await check("concurrent bulk calls load the script and the module once", async () => {
    Object.assign(site, { delayMs: 100 });
    const all = await run(async () => {
      const a = await load("a");
      return Promise.all([allCases(a), allCases(a), allCases(a)]);
    });
    same(all, [IDS, IDS, IDS], "cases");
    // Concurrent requests may arrive in any order.
    same(site.requestedModules.toSorted(), [BULK, MODULE], "requested modules");
  });

  await check("a bulk call that is aborted during the load ends immediately", async () => {
    Object.assign(site, { delayMs: 1500, affects: (path) => path === BULK || path === CHUNK });
    const [aborted, ms] = await run(async () => {
      const a = await load("a");
      await a.ready();
      const start = performance.now();
      return [await outcomeOf(() => allCases(a, { signal: AbortSignal.timeout(50) })), performance.now() - start];
    });
    isError(aborted, ["aborted", "ABORTED", false]);
    if (ms > 1400) throw new Error(`that took ${ms} ms`);
  });

  await check("checkAllCases before the load fails with NOT_LOADED and names the import", async () => {
    const one = await run(async () => {
      const a = await load("a");
      await a.ready();
      return outcomeOf(() => a.checkAllCases({ contract_ids: ["1"] }));
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
        `${what} of bulk calls ${fault}: LOAD_FAILED, other calls succeed, and a later bulk call succeeds`,
        async () => {
          Object.assign(site, { fault, affects: (path) => path === file });
          const [first, second, count] = await run(async () => {
            const a = await load("a");
            window.a = a;
            const failures = [
              await outcomeOf(() => allCases(a)),
              await outcomeOf(() => clientOf(a).estimate({ contract_ids: ["1"] })),
            ];
            return [...failures, (await requestSummary(clientOf(a))).count];
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
            isError(
              await run(() => outcomeOf(() => allCases(window.a))),
              LOAD_FAILED,
              'import "cisco-support-case/bulk"',
            );
            return;
          }
          same(await run(() => allCases(window.a)), IDS, "cases");
          same(await run(() => a.checkAllCases({ contract_ids: ["1"] })), [], "problems");
        },
      );
    }
  }

  await check("offline, the script is not imported before the module has loaded, in every browser", async () => {
    Object.assign(site, { fault: "down", affects: (path) => path === BULK || path === CHUNK });
    const one = await run(async () => {
      const a = await load("a");
      window.a = a;
      await a.ready();
      Object.defineProperty(navigator, "onLine", { configurable: true, value: false });
      return outcomeOf(() => allCases(a));
    });
    isError(one, LOAD_FAILED);
    same(site.requestedFiles.filter((path) => path === CHUNK).length, 0, "requests for the script");
    site.fault = "";
    same(await run(() => allCases(window.a)), IDS, "cases while the browser says so");
  });

  await check("a bulk read whose module failed to load can be iterated again", async () => {
    Object.assign(site, { fault: "down", affects: (path) => path === BULK });
    const first = await run(async () => {
      window.a = await load("a");
      const params = { case_ids: ["1"] };
      const answer = () => new Response('{"count":0,"cases":[]}', { headers: { "content-type": "application/json" } });
      window.one = new a.CaseClient({ fetch: answer, token: "synthetic", baseUrl: "https://service.invalid" }).allCases(
        params,
      );
      return [await outcomeOf(() => one[Symbol.asyncIterator]().next()), one.resumeToken(), one.failures];
    });
    isError(first[0], LOAD_FAILED);
    same(first.slice(1), [null, []], "token and failures");
    site.fault = "";
    // The case is not found.
    isError(await run(() => outcomeOf(() => one[Symbol.asyncIterator]().next())), [
      "not_found",
      "CASE_NOTFOUND",
      false,
    ]);
  });

  await check("a script of bulk calls of another build fails with VERSION_MISMATCH", async () => {
    site.replaced = (path, text) =>
      path === "/a/generated/bulk-build.js" ? text.replaceAll(/"[0-9a-f]{8}"/g, '"00000000"') : text;
    const one = await run(async () => outcomeOf(async () => allCases(await load("a"))));
    site.replaced = undefined;
    isError(one, VERSION_MISMATCH, "different builds", "Reload the page");
  });

  await check("importing cisco-support-case/bulk loads both modules, and ready() waits for both", async () => {
    for (const order of [
      ["bulk", "entry/browser"],
      ["entry/browser", "bulk"],
    ]) {
      Object.assign(site, { delayMs: 50, requestedModules: [], requestedFiles: [] });
      await browser.goto(site.address);
      await until(() => typeof window.requestSummary === "function");
      const problems = await run(async (order) => {
        for (const name of order) await load("a", name);
        const a = await load("a");
        await a.ready();
        window.a = a;
        return a.checkAllCases({ contract_ids: ["1"] });
      }, order);
      same(problems, [], "problems");
      same(site.requestedModules.toSorted(), [BULK, MODULE], "requested modules");
      same(await run(() => allCases(a)), IDS, "cases");
      same(site.requestedModules.length, 2, "modules after a bulk call");
    }
  });

  await check("ready() rejects if the module of bulk calls failed to load, and then requests it again", async () => {
    Object.assign(site, { fault: "down", affects: (path) => path === BULK });
    const one = await run(async () => {
      await load("a", "bulk");
      window.a = await load("a");
      return [await outcomeOf(() => a.ready()), await outcomeOf(async () => (await requestSummary(clientOf(a))).count)];
    });
    isError(one[0], LOAD_FAILED, "could not be loaded");
    same(one[1].value, 0, "a call that is none in bulk");
    site.fault = "";
    same(await run(async () => a.ready().then(() => a.checkAllCases({ contract_ids: ["1"] }))), [], "problems");
  });

  await check("the inline entry contains the module of bulk calls and requests no file", async () => {
    const found = await run(async () => {
      const a = await load("a", "inline");
      return [a.checkAllCases({ contract_ids: ["1"] }), await allCases(a)];
    });
    same(found, [[], IDS], "problems, cases");
    same(site.requestedModules, [], "requested modules");
  });

  await check("reset() before and after the first bulk call reloads the loaded modules", async () => {
    const found = await run(async () => {
      const a = await load("a");
      await a.reset();
      const first = await allCases(a);
      await a.reset();
      return [first, a.checkAllCases({ contract_ids: ["1"] }), await allCases(a)];
    });
    same(found, [IDS, [], IDS], "cases, problems, cases");
    same(site.requestedModules, [MODULE, BULK], "requested modules");
  });

  await check("two tabs load the modules separately, and a reset of one does not affect the other", async () => {
    const found = await run(async () => {
      const a = await load("a");
      const other = await window.openFrame();
      const theirs = await other.load("a");
      const both = await Promise.all([allCases(a), other.allCases(theirs)]);
      await theirs.reset();
      return [...both, await allCases(a), await other.allCases(theirs)];
    });
    same(found, [IDS, IDS, IDS, IDS], "cases");
  });
}
