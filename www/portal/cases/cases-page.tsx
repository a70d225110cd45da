// The page of the list.

import { type ReactNode, useMemo } from "react";
import { linkTo, useView } from "../app/navigation.js";
import { useCases } from "../app/store-hooks.js";
import { useFormatter } from "../app/use-formatter.js";
import { queryOf } from "../app/view.js";

/** The cases of the present view. */
export function CasesPage(): ReactNode {
  const view = useView();
  const format = useFormatter();
  const query = useMemo(() => ({ ...queryOf(view, Date.now()), limit: 100 }), [view]);
  const { total, cases } = useCases(query);
  return (
    <section>
      <h1>{format.counted(total, "case")}</h1>
      <ul>
        {cases.map(({ case_id, title }) => (
          <li key={case_id}>
            <a {...linkTo({ ...view, page: "case", caseId: case_id })}>
              {case_id} {title}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
