// A project without `noUncheckedIndexedAccess`, as most are, that imports the package's JSON.

import type { CasesPageData, CaseClient, Severity } from "cisco-support-case";
import openapi from "cisco-support-case/openapi.json" with { type: "json" };
import summary from "cisco-support-case/schema/wire/CaseSummaryResponse.json" with { type: "json" };

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_equal: Equal<A, B>): void {}

export async function first(client: CaseClient): Promise<Severity | null> {
  const page = await client.casesByContract({ contract_ids: ["1"] });
  const severity = page.cases[0].severity;
  same<typeof severity, Severity | null>(true);
  same<typeof severity, 1 | 2 | 3 | 4 | null>(true);
  const data: CasesPageData = page;
  return data.cases[0].severity;
}

export const titles: string[] = [openapi.info.title, summary.title];
