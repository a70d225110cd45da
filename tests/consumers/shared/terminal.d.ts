// The declaration of what TypeScript imports here.

/** Makes the calls and prints the report. */
export declare function print(
  caseApi: Pick<typeof import("cisco-support-case"), "CaseClient" | "isCaseApiError">,
): Promise<void>;
