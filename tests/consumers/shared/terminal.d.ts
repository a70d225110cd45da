// The declaration for imports by TypeScript.

/** Makes the calls and prints the report. */
export declare function print(
  caseApi: Pick<typeof import("cisco-support-case"), "CaseClient" | "isCaseApiError">,
): Promise<void>;
