// From a Response in memory: the decoder after `arrayBuffer()`, and the whole client with a custom `fetch`, against
// `res.json()`. The targets of the client are in `call.mjs`.

import { difference, normalised } from "../measure/normalised.mjs";
import { rounds } from "../measure/rounds.mjs";
import { END_TO_END, reached, targetFor } from "../measure/targets.mjs";

export async function endToEnd(pkg, { name, variants }, runtime, durations, say) {
  say(`${name}, from a Response`);
  let body;
  const fetch = async () => new Response(body);
  // No limits: the benchmark measures the work, not the wait for permission to send.
  const unhurried = { perSecond: 0, perDay: 0, maxConcurrent: 0 };
  const client = new pkg.CaseClient({
    baseUrl: "https://service.example/case/v3",
    token: "synthetic",
    fetch,
    rateLimit: unhurried,
  });
  const contenders = [
    { name: "res.json()", run: (bytes) => new Response(bytes).json() },
    {
      name: "arrayBuffer() and decode",
      run: async (bytes) => pkg.decodeCasesPage(await new Response(bytes).arrayBuffer()),
    },
    {
      name: "CaseClient",
      run: (bytes) => {
        body = bytes;
        return client.casesByContract({ contract_ids: ["1234567"] });
      },
    },
  ];
  const [json, ...mine] = contenders;
  const expected = normalised("page", await json.run(variants[0]));
  for (const { name, run } of mine) {
    const off = difference(await run(variants[0]), expected);
    if (off) throw new Error(`${name} gives something else than res.json(): ${off}`);
  }
  const times = await rounds(contenders, variants, durations, { wait: true });
  const base = times.get(json.name).median;
  const rows = mine.map(({ name }) => {
    const target = name === "CaseClient" ? undefined : targetFor(END_TO_END, runtime);
    const { median } = times.get(name);
    const ratio = median / base;
    return [name, { packageUs: median * 1000, jsonUs: base * 1000, ratio, target, met: reached(ratio, target) }];
  });
  client.free();
  return Object.fromEntries(rows);
}
