// Cases of a client with a misbehaving environment: its `fetch`, responses, signals, token providers and caches. They
// run in every runtime, so these files import only each other: `run` gets the package, and throws if a case fails.

import { lists } from "./lists.mjs";
import { requests } from "./requests.mjs";
import { responses } from "./responses.mjs";
import { signals } from "./signals.mjs";
import { tokens } from "./tokens.mjs";

export const cases = [...requests, ...responses, ...signals, ...tokens, ...lists];
