// A CommonJS file of a partner's: `require` gives the same.

import { CaseClient, type CasesPage, isCaseApiError } from "cisco-support-case";

export function page(contract: string): Promise<CasesPage | string> {
  const client: CaseClient = new CaseClient({ token: "synthetic" });
  return client.casesByContract({ contract_ids: [contract] }).then(
    (it) => it,
    (error: unknown) => (isCaseApiError(error) ? error.code : String(error)),
  );
}
