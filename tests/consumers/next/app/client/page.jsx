// A client component: the calls are made in the browser.

"use client";

import { useEffect } from "react";
import { show } from "../../../shared/page.js";
import { CaseClient, isCaseApiError } from "cisco-support-case";

export default function Page() {
  useEffect(() => {
    show({ CaseClient, isCaseApiError });
  }, []);
  return null;
}
