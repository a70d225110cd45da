// Modules that fail to load.

import { check, IDS, isError, LOAD_FAILED, run, same, site } from "./harness.mjs";

export async function failedLoads() {
  for (const [fault, about, word] of [
    ["missing", "is not there", "404"],
    ["page", "is a page of HTML", "could not be loaded"],
    ["cut", "is cut short", "could not be loaded"],
    ["broken", "breaks off on its way", "could not be loaded"],
    ["down", "cannot be reached", "could not be loaded"],
  ]) {
    await check(`a module that ${about}: LOAD_FAILED, and the next call requests it again`, async () => {
      site.fault = fault;
      const [first, second] = await run(async () => {
        const a = await load("a");
        Object.assign(window, { a, client: clientOf(a) });
        return [await outcomeOf(() => a.ready()), await outcomeOf(() => requestSummary(window.client))];
      });
      for (const one of [first, second]) {
        isError(one, LOAD_FAILED, word, ".wasm");
        if (!one.cause) throw new Error("it has no cause");
      }
      const before = site.requestedModules.length;
      if (before < 2) throw new Error(`the module was requested ${before} times`);
      site.fault = "";
      same(await run(async () => (await requestSummary(window.client)).count), 0, "answer");
      same(site.requestedModules.length, before + 1, "requests for the module");
      same(await run(() => window.a.parseIds("1 2").length), 2, "ids");
    });
  }

  for (const fault of ["missing", "page", "cut", "broken", "down"]) {
    await check(`modules with the fault \`${fault}\` come inside scripts`, async () => {
      Object.assign(site, { fault, hasInlined: true });
      const found = await run(async () => {
        const a = await load("a");
        const client = clientOf(a);
        const { count } = await requestSummary(client);
        return [
          count,
          (await requestSummary(client)).count,
          await allCases(a),
          a.checkAllCases({ contract_ids: ["1"] }),
        ];
      });
      same(found, [0, 0, IDS, []], "answers");
      same(
        // A browser requests unavailable files several times.
        [...new Set(site.requestedFiles.filter((path) => /inlined-|\.wasm$/.test(path)))].sort(),
        ["/a/wasm/bulk.wasm", "/a/wasm/inlined-bulk.js", "/a/wasm/inlined-client.js", "/a/wasm/page.wasm"],
        "requested modules",
      );
    });
  }

  await check("scripts with inlined modules are requested neither after a successful load nor offline", async () => {
    site.hasInlined = true;
    await run(async () => {
      const a = await load("a");
      await requestSummary(clientOf(a));
      await allCases(a);
    });
    site.fault = "down";
    const one = await run(async () => {
      Object.defineProperty(navigator, "onLine", { configurable: true, value: false });
      return outcomeOf(async () => requestSummary(clientOf(await load("b"))));
    });
    isError(one, LOAD_FAILED);
    same(
      site.requestedFiles.filter((path) => path.includes("inlined")),
      [],
      "scripts",
    );
  });

  await check("a module without the MIME type of wasm loads", async () => {
    site.fault = "untyped";
    same(await run(async () => (await requestSummary(clientOf(await load("a")))).count), 0, "answer");
  });
}
