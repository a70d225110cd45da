// All measurements of the decoder, in any runtime: one module for Node and for browsers.

import { documents } from "../documents/documents.mjs";
import { DURATIONS } from "../measure/rounds.mjs";
import { PLAIN } from "../measure/targets.mjs";
import { againstPeers } from "./against-peers.mjs";
import { consumed } from "./consumed.mjs";
import { proveRight } from "./decoders.mjs";
import { endToEnd } from "./end-to-end.mjs";

/** The documents whose use is measured. */
const USED = [PLAIN, "details with 200 notes"];

/** Measures the package in a runtime (`"node"` or a browser's name). Progress is passed to `say`. */
export async function suite(pkg, runtime, say) {
  const all = documents();
  proveRight(pkg, all);
  const plain = all.find(({ name }) => name === PLAIN);
  return {
    documents: await againstPeers(pkg, all, runtime, DURATIONS.full, say),
    consumed: await consumed(
      pkg,
      all.filter(({ name }) => USED.includes(name)),
      runtime,
      DURATIONS.full,
      say,
    ),
    endToEnd: await endToEnd(pkg, plain, runtime, DURATIONS.full, say),
  };
}
