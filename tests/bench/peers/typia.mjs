// typia, with functions generated at compile time: see typia/generate.mjs. Its own date-time check is a pattern that
// accepts 30 February; its fastest setting only returns a boolean.

import { orThrow, settings } from "./documents.mjs";
import { documented, fastest, tolerant } from "./typia/generated.mjs";

const checker = (checks) => (kind) => orThrow(checks[kind]);

export const typia = settings("typia", false, {
  documented: () => (kind) => documented[kind],
  fastest: () => checker(fastest),
  tolerant: () => checker(tolerant),
});
