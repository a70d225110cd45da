// The page of a case.

import type { ReactNode } from "react";
import { useCases, useStore } from "../app/store-hooks.js";

/** A case. */
export default function CasePage({ caseId }: { caseId: string }): ReactNode {
  const store = useStore();
  useCases({ limit: 1 });
  const record = store.get(caseId);
  return record ? <h1 className="title-text">{record.title}</h1> : <p>There is no case {caseId} here.</p>;
}
