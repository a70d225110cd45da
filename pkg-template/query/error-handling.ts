// The options by which TanStack Query learns the type of errors.

import type { CaseApiError } from "../client/index.js";

/** Error options, from which TanStack Query infers the type of errors. */
export interface ErrorHandling {
  /** `false`, since the client already retries. */
  retry: false | ((failureCount: number, error: CaseApiError) => boolean);
  /** Not set; callers may add it. */
  throwOnError?: boolean | ((error: CaseApiError, query: unknown) => boolean);
}
