// Each document: the package, bare JSON.parse, and every peer after JSON.parse.

import { bare, fastestBare, WAYS } from "../measure/json.mjs";
import { rounds } from "../measure/rounds.mjs";
import { AGAINST_JSON, AGAINST_PEERS, PLAIN, reached, targetFor } from "../measure/targets.mjs";
import { peers } from "../peers/peers.mjs";
import { decoders } from "./decoders.mjs";

/** The plain page is measured first, so that other shapes cannot slow a validator's code there. */
const order = (documents) => [...documents].sort((a, b) => Number(b.name === PLAIN) - Number(a.name === PLAIN));

export async function againstPeers(pkg, documents, runtime, durations, say) {
  const built = peers.map((one) => ({ ...one, name: `${one.peer} ${one.setting}`, validator: one.build({}) }));
  // In the order of the table, whatever the order of the measurements.
  const rows = Object.fromEntries(documents.map(({ name }) => [name, undefined]));
  for (const document of order(documents)) {
    const { name, kind, variants, bytes } = document;
    say(name);
    const text = await fasterText(variants, durations);
    const contenders = built
      .filter(({ setting }) => name === PLAIN || setting !== "tolerant")
      .map(({ name, validator }) => {
        const validate = validator(kind);
        return { name, run: (bytes) => validate(JSON.parse(text(bytes))) };
      });
    const all = [{ name: "package", run: decoders(pkg)[kind] }, ...bare, ...contenders];
    rows[name] = row(name, bytes, await rounds(all, variants, durations), runtime);
  }
  return rows;
}

/** Selects the faster way in this runtime to decode text for the peers. */
async function fasterText(variants, durations) {
  const times = await rounds(bare, variants, durations);
  return WAYS.find(({ name }) => `JSON.parse by ${name}` === fastestBare(times)).text;
}

function row(name, bytes, times, runtime) {
  const base = fastestBare(times);
  const [mine, json] = [times.get("package"), times.get(base)];
  const ratio = mine.median / json.median;
  const target = targetFor(AGAINST_JSON[name], runtime);
  const against = {};
  for (const [peer, { median }] of times) {
    if (peer === "package" || peer.startsWith("JSON.parse")) continue;
    const timesFaster = median / mine.median;
    const wanted = name === PLAIN ? targetFor(AGAINST_PEERS[peer], runtime) : undefined;
    const met = reached(timesFaster, wanted, { atLeast: true });
    against[peer] = { us: median * 1000, toJson: median / json.median, timesFaster, target: wanted, met };
  }
  return {
    bytes: Math.round(bytes),
    packageUs: mine.median * 1000,
    jsonUs: json.median * 1000,
    jsonBy: base,
    ratio,
    ratioOfMeans: mine.mean / json.mean,
    target,
    met: reached(ratio, target),
    peers: against,
  };
}
