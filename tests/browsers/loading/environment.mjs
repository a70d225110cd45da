// Panics of the module, misbehaving environments, and browsers without WebAssembly or simd128.

import { join } from "node:path";
import { kind } from "../browser.mjs";
import { check, isError, NO_SIMD, NO_WASM, restart, run, same, site } from "./harness.mjs";

export async function panics() {
  site.add("panics", join(import.meta.dirname, "../../panics"));
  let outcomes = [];
  await check("a page continues after a panic of the module", async () => {
    outcomes = await run(async () => {
      const names = ["/a/entry/browser.js", "/a/sandbox.js", "/a/client/wasm-instance.js", "/panics/scenario.js"];
      const [caseApi, { createSandbox }, modules, scenario] = await Promise.all(names.map((name) => import(name)));
      const uncaught = scenario.recordUncaughtErrors();
      const outcomes = await scenario.outcomes({ caseApi, createSandbox, modules });
      return [...outcomes, ["no error was uncaught", uncaught.length > 0 ? uncaught.join("; ") : null]];
    });
  });
  for (const [name, wrong] of outcomes) {
    await check(`in a page: ${name}`, () => {
      if (wrong !== null) throw new Error(wrong);
    });
  }
}

/** Clients with a misbehaving environment, as in Node. */
export async function environmentFailures() {
  site.add("runtimes", join(import.meta.dirname, "../../runtimes"));
  let outcomes = [];
  await check("the cases of misbehaving environments run in a page", async () => {
    outcomes = await run(() => window.environmentFailures());
    if (outcomes.length === 0) throw new Error("there are none");
  });
  for (const [name, wrong] of outcomes) {
    await check(`in a page: ${name}`, () => {
      if (wrong !== null) throw new Error(wrong);
    });
  }
}

export async function withoutSimd() {
  await restart({ scalar: true });
  await check("without simd128 the error is NO_SIMD", async () => {
    if (!kind.scalar) {
      console.log(`· ${kind.title} cannot disable simd128: the page replaces WebAssembly by one that rejects it`);
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
      return [
        await outcomeOf(() => a.ready()),
        await outcomeOf(() => requestSummary(clientOf(a))),
        await outcomeOf(() => load("b", "inline")),
      ];
    });
    for (const one of all) isError(one, NO_SIMD, "simd128", "newer browser");
  });
}

export async function withoutWasm() {
  await restart({ bare: true });
  await check("without WebAssembly the error is NO_WASM", async () => {
    if (!kind.bare) {
      console.log(`· ${kind.title} cannot disable WebAssembly: the page deletes it`);
      await run(() => delete window.WebAssembly);
    }
    same(await run(() => typeof window.WebAssembly), "undefined", "WebAssembly");
    const all = await run(async () => {
      const a = await load("a");
      return [
        await outcomeOf(() => a.ready()),
        await outcomeOf(() => requestSummary(clientOf(a))),
        await outcomeOf(() => load("b", "inline")),
      ];
    });
    for (const one of all) isError(one, NO_WASM, "disabled");
  });
}
