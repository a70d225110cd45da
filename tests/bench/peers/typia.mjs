// typia, whose functions were written when it was compiled: see typia/generate.mjs. Its own check of date-times is a
// pattern that lets a 30 February pass; at its fastest it only answers yes or no.

import { orThrow, settings } from "./documents.mjs";
import { documented, fastest, tolerant } from "./typia/generated.mjs";

const checker = (checks) => (kind) => orThrow(checks[kind]);

export const typia = settings("typia", false, {
  documented: () => (kind) => documented[kind],
  fastest: () => checker(fastest),
  tolerant: () => checker(tolerant),
});
