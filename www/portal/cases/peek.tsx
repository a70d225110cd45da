// A case beside the list. While one moves on, only its record is shown: details are requested after a rest.

import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { linkTo, useView } from "../app/navigation.js";
import { useStore } from "../app/store-hooks.js";
import { SeverityBadge, StatusBadge } from "../ui/badges.js";
import { balanced } from "../ui/bidi.js";
import { Icon } from "../ui/icons.js";

const CasePage = lazy(() => import("../case/case-page.js"));

/** The rest after which a case is loaded, in milliseconds: moving on by a held key costs no request. */
const REST_MS = 150;

/** Properties of the panel. */
export interface PeekProps {
  readonly caseId: string;
  /** Whether it has a place beside the list; otherwise it lies over it. */
  readonly isBeside: boolean;
  readonly onClose: () => void;
}

/** The panel that shows a case beside or over the list. */
export function Peek({ caseId, isBeside, onClose }: PeekProps): ReactNode {
  const store = useStore();
  const view = useView();
  const [rested, setRested] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setRested(caseId), REST_MS);
    return () => clearTimeout(timer);
  }, [caseId]);
  const record = store.get(caseId);
  return (
    <aside className={`peek ${isBeside ? "" : "is-over"}`} aria-label={`Case ${caseId}`} data-peek={caseId}>
      <div className="peek-head">
        <a className="button quiet" {...linkTo({ ...view, page: "case", caseId })}>
          Open case {caseId}
        </a>
        <button type="button" className="quiet icon" aria-label="Close the case" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <div className="peek-body">
        {rested === caseId ? (
          <Suspense fallback={<p className="loading">Loading…</p>}>
            <CasePage key={caseId} caseId={caseId} isPeek />
          </Suspense>
        ) : (
          record && (
            <header className="case-head">
              <p className="case-badges">
                <SeverityBadge severity={record.severity} />
                <StatusBadge status={record.status} />
                <code>{caseId}</code>
              </p>
              <h2 className="title-text is-cut" dir="auto">
                {balanced(record.title)}
              </h2>
            </header>
          )
        )}
      </div>
    </aside>
  );
}
