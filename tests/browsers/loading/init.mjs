// Calls before and during the load of the module, and repeated loads.

import { check, isError, MODULE, moduleRequested, NOT_LOADED, run, same, site } from "./harness.mjs";

export async function callsBeforeLoad() {
  await check(
    "before the load, synchronous functions that need the module throw NOT_LOADED, and pure functions work",
    async () => {
      site.delayMs = 1500;
      const [errors, results] = await run(async () => {
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
        const results = [a.explainError("CASE_NOTFOUND").length, a.parseIds("612345678"), a.nextPageIndex(record)];
        return [await Promise.all(calls.map(outcomeOf)), [...results, clientOf(a).budget().concurrent.used]];
      });
      for (const one of errors) isError(one, NOT_LOADED, "not loaded yet", "ready()");
      same(results, [1, ["612345678"], 2, 0], "results of functions without the module");
      // Nothing has awaited the module: its request may still be pending.
      await moduleRequested();
      same(site.requestedModules, [MODULE], "requested modules");
    },
  );

  await check("asynchronous calls wait for the module, and synchronous ones work afterwards", async () => {
    site.delayMs = 100;
    const answers = await run(async () => {
      const a = await load("a");
      const client = clientOf(a);
      const answers = await Promise.all([requestSummary(client), requestSummary(clientOf(a)), requestSummary(client)]);
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
    same(site.requestedModules, [MODULE], "requested modules");
  });

  await check("a call that is aborted or times out during the load ends immediately", async () => {
    site.delayMs = 1500;
    const [aborted, late, ms] = await run(async () => {
      const client = clientOf(await load("a"));
      const start = performance.now();
      const both = await Promise.all([
        outcomeOf(() => client.caseSummary({ case_ids: ["612345678"] }, { signal: AbortSignal.timeout(50) })),
        outcomeOf(() => client.caseSummary({ case_ids: ["612345678"] }, { timeoutMs: 50 })),
      ]);
      return [...both, performance.now() - start];
    });
    isError(aborted, ["aborted", "ABORTED", false]);
    isError(late, ["timeout", "TIMEOUT", true], "loading the module");
    if (ms > 1400) throw new Error(`that took ${ms} ms`);
  });
}

export async function repeatedLoads() {
  await check("repeated and concurrent ready() fetches the module once", async () => {
    site.delayMs = 50;
    await run(async () => {
      const a = await load("a");
      await Promise.all([a.ready(), a.ready(), requestSummary(clientOf(a))]);
      await a.ready();
      const again = await load("a");
      await again.ready();
      return requestSummary(clientOf(again));
    });
    same(site.requestedModules, [MODULE], "requested modules");
  });

  for (const [order, fetched] of [
    [["entry/browser", "inline"], [MODULE]],
    [["inline", "entry/browser"], []],
  ]) {
    await check(`both entries in one page, ${order.join(" first, then ")}: they share one module`, async () => {
      const found = await run(async (order) => {
        const [one, other] = [await load("a", order[0]), await load("a", order[1])];
        await Promise.all([one.ready(), other.ready()]);
        const problems = [[], []].map((case_ids, at) => [one, other][at].checkCaseSummary({ case_ids }).length);
        const counts = [(await requestSummary(clientOf(one))).count, (await requestSummary(clientOf(other))).count];
        return [one.CaseClient === other.CaseClient, problems, counts];
      }, order);
      same(found, [true, [1, 1], [0, 0]], "one class, problems, counts");
      same(site.requestedModules, fetched, "requested modules");
    });
  }

  await check(
    "the inline entry during the load of the default entry: pending calls succeed, in one module",
    async () => {
      site.delayMs = 300;
      const hosts = await run(async () => {
        const a = await load("a");
        const one = clientOf(a, "one");
        const pending = requestSummary(one);
        const inline = await load("a", "inline");
        const other = clientOf(inline, "other");
        await requestSummary(other);
        // The first copy's module has loaded by now.
        await pending;
        await new Promise((done) => setTimeout(done, 100));
        window.hosts.length = 0;
        for (const client of [one, other, clientOf(a, "third"), one, other]) await requestSummary(client);
        return window.hosts;
      });
      same(
        hosts,
        ["one", "other", "third", "one", "other"].map((name) => `${name}.invalid`),
        "requested hosts",
      );
    },
  );

  await check("the inline entry provides the module if the default entry's module fails to load", async () => {
    Object.assign(site, { delayMs: 300, fault: "missing" });
    const count = await run(async () => {
      const a = await load("a");
      const pending = requestSummary(clientOf(a));
      await load("a", "inline");
      return (await pending).count;
    });
    same(count, 0, "count");
  });
}
