// Pages with a first call, each bundled with the package like an application, in a fresh context of Chromium with
// network latency. Recorded for each load: the time of the API request, and the requests in their order, with
// concurrent ones grouped.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { puppeteer } from "../browser/measure.mjs";
import { documents } from "../documents/documents.mjs";
import { PLAIN } from "../measure/targets.mjs";

export const LATENCY_MS = 150;

const CALL = `
  const client = new CaseClient({ baseUrl: "/api/case", token: "synthetic" });
  const { cases } = await client.casesByContract({ contract_ids: ["1234567"] });
  globalThis.found = cases.length;`;

/**
 * The pages with a first call. `earlier`: it must leave a round trip earlier than with a package that loads on the
 * first call.
 */
export const PAGES = {
  "a call at once": { script: CALL },
  "a call after a request of the page's own": {
    earlier: true,
    script: `await (await fetch("/session")).json();${CALL}`,
  },
  "a call that needs a token, which is fetched": {
    script: CALL.replace('"synthetic"', 'async () => (await (await fetch("/session")).json()).token'),
  },
  "a call at once, the module preloaded": {
    script: CALL,
    head: '<link rel="modulepreload" href="/app.js"><link rel="preload" href="/MODULE" as="fetch" type="application/wasm" crossorigin>',
  },
};

/** Opens each page a number of times with each package, in alternation. */
export async function firstCalls(launch, packages, times) {
  const sites = {};
  for (const [side, folder] of Object.entries(packages)) {
    sites[side] = {};
    for (const [name, page] of Object.entries(PAGES)) sites[side][name] = await serve(resolve(folder), page);
  }
  const browser = await (await puppeteer()).launch(launch);
  const loads = Object.fromEntries(
    Object.keys(packages).map((side) => [side, Object.fromEntries(Object.keys(PAGES).map((name) => [name, []]))]),
  );
  try {
    // The first loads warm the browser up.
    for (let round = -1; round < times; round += 1) {
      for (const name of Object.keys(PAGES)) {
        const sides = Object.keys(packages);
        for (const side of round % 2 ? sides.toReversed() : sides) {
          const load = await open(browser, sites[side][name].address);
          if (round >= 0) loads[side][name].push(load);
        }
      }
    }
    return { version: await browser.version(), loads };
  } finally {
    await browser.close();
    for (const pages of Object.values(sites)) for (const site of Object.values(pages)) site.close();
  }
}

/** Loads a page once in a fresh context, without any cache. */
async function open(browser, address) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    const session = await page.createCDPSession();
    await session.send("Network.enable");
    const connection = { latency: LATENCY_MS, downloadThroughput: -1, uploadThroughput: -1 };
    await session.send("Network.emulateNetworkConditions", { offline: false, ...connection });
    const failed = new Promise((_, reject) => page.once("pageerror", reject));
    failed.catch(() => {});
    await page.goto(address);
    await Promise.race([failed, page.waitForFunction(() => globalThis.found === 100, { timeout: 20_000 })]);
    const entries = await page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .map(({ name, startTime, responseEnd }) => ({ name, startTime, responseEnd })),
    );
    return read(entries);
  } finally {
    await context.close();
  }
}

const KINDS = [
  ["API", "/api/case/"],
  ["wasm", ".wasm"],
  ["JS", ".js"],
  ["session", "/session"],
];

function read(entries) {
  const known = entries
    .map((entry) => ({ ...entry, kind: KINDS.find(([, part]) => entry.name.includes(part))?.[0] }))
    .filter(({ kind }) => kind)
    .sort((a, b) => a.startTime - b.startTime);
  const waves = [];
  for (const { kind, startTime, responseEnd } of known) {
    const wave = waves.at(-1);
    if (wave && startTime < wave.end) {
      if (!wave.kinds.includes(kind)) wave.kinds.push(kind);
      wave.end = Math.min(wave.end, responseEnd);
    } else waves.push({ kinds: [kind], end: responseEnd });
  }
  return {
    callMs: known.find(({ kind }) => kind === "API").startTime,
    order: waves.map(({ kinds }) => kinds.toSorted().join(" + ")),
  };
}

/** Serves a page, its bundled script, the wasm next to it, and an API that responds at once. */
async function serve(pkg, { script, head = "" }) {
  const bundled = await build({
    stdin: {
      contents: `import { CaseClient } from ${JSON.stringify(join(pkg, "entry/browser.js"))};\n${script}`,
      resolveDir: pkg,
    },
    ...{ bundle: true, minify: true, format: "esm", target: "es2022", write: false, logLevel: "error" },
  });
  // Earlier builds have one module for pages and servers.
  const module = existsSync(join(pkg, "wasm/page.wasm")) ? "page.wasm" : "client.wasm";
  const page = `<!doctype html><meta charset="utf-8"><title>bench</title><link rel="icon" href="data:,">${head.replace("MODULE", module)}
<script type="module" src="/app.js"></script>`;
  const answers = {
    "/": ["text/html; charset=utf-8", page],
    "/app.js": ["text/javascript", bundled.outputFiles[0].text],
    [`/${module}`]: ["application/wasm", await readFile(join(pkg, "wasm", module))],
    "/session": ["application/json", '{"token":"synthetic"}'],
  };
  const [{ variants }] = documents([PLAIN]);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const found = pathname.startsWith("/api/case/") ? ["application/json", variants[0]] : answers[pathname];
    if (!found) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": found[0], "Cache-Control": "max-age=60" }).end(found[1]);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    address: `http://127.0.0.1:${server.address().port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
