// Overhead of the gateway, against a bare pass-through Worker in the same workerd, with an upstream latency of 50 ms;
// and the gain of a cached response, with an upstream latency of 20 ms. The argument is the package's folder:
//
//   node gateway.mjs [--quick] PKG    the variable BENCH_JSON names a file for the results

import { Agent, createServer, request } from "node:http";
import { resolve } from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { open } from "./gateway/workers.mjs";
import { record } from "./measure/record.mjs";
import { GATEWAY, mark, reached } from "./measure/targets.mjs";

const args = process.argv.slice(2);
const folder = args.find((arg) => !arg.startsWith("--"));
if (!folder) throw new Error("the package's folder must be given; the head of this file says how");
const pkg = resolve(folder);
const quick = args.includes("--quick");

const { exportJWK, generateKeyPair, SignJWT } = await import(
  pathToFileURL(createRequire(new URL("../package.json", import.meta.url)).resolve("jose")).href
);
const { createSandbox } = await import(pathToFileURL(resolve(pkg, "entry/sandbox-node.js")).href);

/** The upstream: one page of 100 cases after a delay, a token at once. */
const sandbox = await createSandbox({ cases: 2000 });
const contract = sandbox.info().contract_ids[0];
const path = `/cases/contracts/contract_ids/${contract}`;
const page = Buffer.from(
  await (await sandbox.fetch(sandbox.baseUrl + path, { headers: { authorization: "Bearer x" } })).arrayBuffer(),
);
let delayMs = 50;
let requests = 0;
const upstream = createServer((incoming, answer) => {
  const headers = {
    "content-type": "application/json;charset=UTF-8",
    "x-mashery-message-id": "m",
    "content-length": page.length,
  };
  if (incoming.method === "POST") {
    incoming.resume();
    answer.end(JSON.stringify({ access_token: "synthetic", expires_in: 3600, token_type: "Bearer" }));
  } else {
    requests += 1;
    setTimeout(() => answer.writeHead(200, headers).end(page), delayMs);
  }
});
await new Promise((done) => upstream.listen(0, "127.0.0.1", done));
const origin = `http://127.0.0.1:${upstream.address().port}`;

const { privateKey, publicKey } = await generateKeyPair("ES256");
const jwt = await new SignJWT({ contracts: [contract] })
  .setProtectedHeader({ alg: "ES256", kid: "k" })
  .setSubject("somebody")
  .setIssuer("https://login.example")
  .setAudience("cases")
  .setExpirationTime("1h")
  .sign(privateKey);

// No limit: the benchmark measures the gateway, not the rate limiter.
const rateLimit = { perSecond: 0, perMinute: 0, perDay: 0 };
const { addresses, close } = await open(
  pkg,
  {
    bare: null,
    gateway: { rateLimit, cache: false },
    // A limit that is enforced and never reached.
    paced: { rateLimit: { perSecond: 5000, perMinute: 0, perDay: 1_000_000 }, cache: false },
    cached: { rateLimit, cache: {} },
  },
  {
    UPSTREAM: origin,
    TOKEN: "synthetic",
    TOKEN_URL: `${origin}/token`,
    JWKS: { keys: [{ ...(await exportJWK(publicKey)), kid: "k", alg: "ES256" }] },
  },
);

const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const headers = { authorization: `Bearer ${jwt}` };

/** Sends one request and reads the whole response; returns the duration in milliseconds. */
function sendRequest(name) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const outgoing = request(`${addresses[name]}/api/case${path}`, { agent, headers }, (answer) => {
      let length = 0;
      answer.on("data", (chunk) => (length += chunk.length));
      answer.on("end", () => {
        if (answer.statusCode !== 200 || length !== page.length)
          return reject(new Error(`${name}: HTTP ${answer.statusCode}, ${length} bytes`));
        return resolve(performance.now() - start);
      });
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

/** Sends a number of requests, some of them concurrently; returns their times, and the total duration. */
async function load(name, count, atOnce) {
  const times = [];
  const start = performance.now();
  let left = count;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) times.push(await sendRequest(name));
    }),
  );
  return { times, seconds: (performance.now() - start) / 1000 };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

const names = ["bare", "gateway", "paced"];
for (const name of [...names, "cached"]) await load(name, 300, 16);

const rounds = quick ? 3 : 9;
const found = { oneAtATime: {}, atOnce: {}, perSecond: {}, perSecondBusy: {} };
const samples = Object.fromEntries(names.map((name) => [name, { single: [], p50: [], throughput: [], busy: [] }]));
for (let round = 0; round < rounds; round += 1) {
  // The first one has the colder sockets: the order rotates.
  for (const name of names.map((_, at) => names[(at + round) % names.length])) {
    samples[name].single.push(median((await load(name, 20, 1)).times));
    samples[name].p50.push(median((await load(name, 320, 16)).times));
    samples[name].throughput.push(1000 / (await load(name, 1000, 32)).seconds);
    // More than the machine has cores for: the comparison is of the work per request.
    samples[name].busy.push(1600 / (await load(name, 1600, 64)).seconds);
  }
}
for (const name of names) {
  found.oneAtATime[name] = median(samples[name].single);
  found.atOnce[name] = median(samples[name].p50);
  found.perSecond[name] = median(samples[name].throughput);
  found.perSecondBusy[name] = median(samples[name].busy);
}

delayMs = 20;
await sendRequest("cached");
const before = requests;
const [hit, miss] = [[], []];
for (let round = 0; round < (quick ? 100 : 400); round += 1) {
  hit.push(await sendRequest("cached"));
  miss.push(await sendRequest("bare"));
}
const missed = requests - before - miss.length;

console.log("upstream at 50 ms, a page of 100 cases, one workerd\n");
console.log(
  `${"".padEnd(34)}${"bare".padStart(9)}${"gateway".padStart(9)}${"ratio".padStart(8)}${"paced".padStart(9)}${"ratio".padStart(8)}`,
);
const ratios = {};
const row = (title, key, digits, target, atLeast) => {
  const { bare, gateway, paced } = found[key];
  ratios[key] = { gateway: gateway / bare, paced: paced / bare };
  const cell = (ratio) => `${ratio.toFixed(2).padStart(7)}${mark(reached(ratio, target, { atLeast }))}`;
  console.log(
    title.padEnd(34) +
      bare.toFixed(digits).padStart(9) +
      gateway.toFixed(digits).padStart(9) +
      cell(gateway / bare) +
      paced.toFixed(digits).padStart(9) +
      cell(paced / bare),
  );
};
row("p50, one at a time, ms", "oneAtATime", 1, GATEWAY.p50Ratio, false);
row("p50, 16 at a time, ms", "atOnce", 1, GATEWAY.p50Ratio, false);
row("throughput, 32 at a time, per s", "perSecond", 0, GATEWAY.throughputRatio, true);
row("throughput, 64 at a time, per s", "perSecondBusy", 0, GATEWAY.throughputRatio, true);
const gain = median(miss) / median(hit);
console.log(
  `\nupstream at 20 ms: a cached response takes ${median(hit).toFixed(2)} ms, an uncached one ${median(miss).toFixed(2)} ms: ${gain.toFixed(1)} times as fast ${mark(reached(gain, GATEWAY.hitGain, { atLeast: true }))}`,
);
if (missed > 0) console.log(`${missed} of them were requested again while fresh`);
record("gateway", { delayMs: 50, found, ratios, hit: { ms: median(hit), upstreamMs: median(miss), gain, missed } });

await close();
agent.destroy();
upstream.closeAllConnections();
upstream.close();
