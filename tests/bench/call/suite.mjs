// Whole calls with responses in memory, in any runtime: one module for Node and for browsers.

import { documents } from "../documents/documents.mjs";
import { difference, normalised } from "../measure/normalised.mjs";
import { median, DURATIONS, rounds } from "../measure/rounds.mjs";
import { CALL, CALLS_AT_ONCE, PLAIN, reached, targetFor } from "../measure/targets.mjs";

/** No limit, and limits that are enforced and never reached. */
const RATE_LIMITS = {
  "without limits": { perSecond: 0, perMinute: 0, perDay: 0, maxConcurrent: 0 },
  "with limits": { perSecond: 100_000, perMinute: 0, perDay: 1_000_000, maxConcurrent: 10 },
};

const baseUrl = "https://service.example/case/v3";
const params = { contract_ids: ["1234567"] };

/**
 * A client with these limits. A baseline from before 0.1 calls the option `durations`, and its `maxConcurrent` `inFlight`.
 */
function clientOf({ CaseClient }, fetch, rateLimit, more = {}) {
  const options = { baseUrl, token: "synthetic", fetch, ...more };
  try {
    return new CaseClient({ ...options, rateLimit });
  } catch {
    const { maxConcurrent: inFlight, ...limits } = rateLimit;
    return new CaseClient({ ...options, durations: { ...limits, inFlight } });
  }
}

/**
 * Times a call for a page of 100 against `res.json()` of the same bytes. Each creates its Response within the measured
 * time.
 */
export async function wholeCall(pkg, baseline, runtime, quick) {
  const [{ variants }] = documents([PLAIN]);
  let body;
  const fetch = async () => new Response(body);
  const contender = (name, client) => ({
    name,
    run: (bytes) => {
      body = bytes;
      return client.casesByContract(params);
    },
  });
  const json = { name: "res.json()", run: (bytes) => new Response(bytes).json() };
  const mine = Object.entries(RATE_LIMITS).map(([name, rateLimit]) =>
    contender(`CaseClient, ${name}`, clientOf(pkg, fetch, rateLimit)),
  );
  const earlier = baseline
    ? Object.entries(RATE_LIMITS).map(([name, rateLimit]) =>
        contender(`baseline's CaseClient, ${name}`, clientOf(baseline, fetch, rateLimit)),
      )
    : [];
  const expected = normalised("page", await json.run(variants[0]));
  for (const { name, run } of [...mine, ...earlier]) {
    const off = difference(await run(variants[0]), expected);
    if (off) throw new Error(`${name} gives something else than res.json(): ${off}`);
  }
  const times = await rounds([json, ...mine, ...earlier], variants, quick ? DURATIONS.quick : DURATIONS.calls, {
    wait: true,
  });
  const base = times.get(json.name).median;
  const target = targetFor(CALL.toJson, runtime);
  const row = ({ name }, target) => {
    const ratio = times.get(name).median / base;
    return { name, us: times.get(name).median * 1000, ratio, target, met: reached(ratio, target) };
  };
  return { jsonUs: base * 1000, rows: [...mine.map((one) => row(one, target)), ...earlier.map((one) => row(one))] };
}

/** Times many concurrent calls of one client against an earlier build. The builds alternate, as does their order. */
export async function atOnce(pkg, baseline, quick) {
  const [{ variants }] = documents(["page of 1"]);
  const fetch = async () => new Response(variants[0]);
  const rows = [];
  for (const { name, count, rateLimit, times } of CALLS_AT_ONCE) {
    const sides = [pkg, baseline].filter(Boolean).map((side) => {
      return { client: clientOf(side, fetch, rateLimit, { timeoutMs: 0 }), ms: [] };
    });
    const all = async ({ client }) => {
      const calls = [];
      const start = performance.now();
      for (let at = 0; at < count; at += 1) calls.push(client.casesByContract(params));
      const pages = await Promise.all(calls);
      const took = performance.now() - start;
      if (pages.length !== count || pages.some((page) => page.cases.length !== 1))
        throw new Error(`${name}: not every page came`);
      return took;
    };
    const settle = () => new Promise((done) => setTimeout(done, 5));
    for (const side of sides) for (let warm = 0; warm < Math.ceil(1000 / count); warm += 1) await all(side);
    for (let round = 0; round < (quick ? Math.ceil(times / 3) : times); round += 1) {
      for (const side of round % 2 ? sides.toReversed() : sides) {
        await settle();
        side.ms.push(await all(side));
      }
    }
    const [ms, baselineMs] = sides.map((side) => median(side.ms));
    const ratio = baselineMs && ms / baselineMs;
    const target = baselineMs && CALL.toBaseline;
    rows.push({
      name,
      ms,
      usEach: (ms * 1000) / count,
      baselineMs,
      ratio,
      target,
      met: baselineMs ? reached(ratio, target) : null,
    });
  }
  return rows;
}
