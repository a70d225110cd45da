// A client component: the calls are made in the browser.

"use client";

import { useEffect } from "react";
import { show } from "../../../shared/page.js";
import { CaseClient, isCaseApiError } from "cisco-support-case";
import { ofThePage } from "../clients.js";

export default function Page() {
  useEffect(() => {
    ofThePage.caseSummary({ case_ids: ["682299374"] }).then(() => show({ CaseClient, isCaseApiError }));
  }, []);
  return null;
}
