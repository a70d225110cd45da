// A partner's CommonJS file: `require` gives the same types.

import { CaseClient, type CasesPageData, isCaseApiError } from "cisco-support-case";

export function page(contract: string): Promise<CasesPageData | string> {
  const client: CaseClient = new CaseClient({ token: "synthetic" });
  return client.casesByContract({ contract_ids: [contract] }).then(
    (it) => it,
    (error: unknown) => (isCaseApiError(error) ? error.code : String(error)),
  );
}
