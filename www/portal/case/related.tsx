// Bugs, RMAs and the device of a case, each with the other cases that have it.

import type { CaseRecord } from "cisco-support-case";
import type { CaseStore } from "cisco-support-case/store";
import { type ReactNode, useId, useMemo } from "react";
import { linkTo } from "../app/navigation.js";
import { useStore, useStoreVersion } from "../app/store-hooks.js";
import { viewOf } from "../app/view.js";
import { SeverityBadge, StatusBadge } from "../ui/badges.js";
import { balanced } from "../ui/bidi.js";
import type { Formatter } from "../ui/format.js";
import { bugUrl } from "./bug-search.js";

/** The number of related cases that are shown one by one. */
const SHOWN = 5;

type Kind = "bug" | "rma" | "serial_number";

/** Properties of the related cases. */
export interface RelatedProps {
  readonly case_id: string;
  readonly bugs: readonly string[];
  readonly rmas: readonly string[];
  readonly serial_number: string;
  readonly format: Formatter;
}

/** Bugs, RMAs and the history of the device. */
export function Related({ case_id, bugs, rmas, serial_number, format }: RelatedProps): ReactNode {
  const store = useStore();
  const version = useStoreVersion();
  const others = useMemo(() => {
    const of = (kind: Kind, value: string) => [kind, value, related(store, kind, value, case_id)] as const;
    return {
      version,
      bugs: bugs.map((bug) => of("bug", bug)),
      rmas: rmas.map((rma) => of("rma", rma)),
      device: serial_number === "" ? [] : [of("serial_number", serial_number)],
    };
  }, [store, version, bugs, rmas, serial_number, case_id]);
  return (
    <>
      {bugs.length > 0 && <Group title="Bugs" entries={others.bugs} format={format} />}
      {rmas.length > 0 && <Group title="RMAs" entries={others.rmas} format={format} />}
      {serial_number !== "" && <Group title="History of the device" entries={others.device} format={format} />}
    </>
  );
}

const related = (store: CaseStore, kind: Kind, value: string, own: string): readonly CaseRecord[] =>
  store.related({ [kind]: value }).filter(({ case_id }) => case_id !== own);

type Entry = readonly [kind: Kind, value: string, cases: readonly CaseRecord[]];

function Group({ title, entries, format }: { title: string; entries: readonly Entry[]; format: Formatter }): ReactNode {
  const id = useId();
  return (
    <section className="related card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <ul className="plain">
        {entries.map(([kind, value, cases]) => (
          <li key={value}>
            <p className="related-head">
              <Identifier kind={kind} value={value} />
              {cases.length === 0 ? (
                <span className="muted">no other case</span>
              ) : (
                <a {...linkTo(viewOf({ where: { [kind]: [value] } }))}>
                  {format.counted(cases.length, "other case")}
                  <span className="visually-hidden"> with {balanced(value)}</span>
                </a>
              )}
            </p>
            {cases.length > 0 && (
              <ul className="plain related-cases">
                {cases.slice(0, SHOWN).map((one) => (
                  <li key={one.case_id}>
                    <RelatedCase record={one} format={format} />
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Identifier({ kind, value }: { kind: Kind; value: string }): ReactNode {
  const href = kind === "bug" ? bugUrl(value) : undefined;
  if (!href) return <code dir="auto">{balanced(value)}</code>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" title="Open in the Bug Search Tool">
      <code>{value}</code>
      <span className="visually-hidden"> in the Bug Search Tool, in another tab</span>
      <span aria-hidden="true"> ↗</span>
    </a>
  );
}

function RelatedCase({ record, format }: { record: CaseRecord; format: Formatter }): ReactNode {
  const { case_id, title, severity, status, updated_date } = record;
  return (
    <article className="related-case">
      <SeverityBadge severity={severity} />
      <div>
        <a className="title-text" dir="auto" {...linkTo(viewOf({ page: "case", caseId: case_id }))}>
          {balanced(title) || case_id}
        </a>
        <p className="muted">
          <StatusBadge status={status} /> {case_id} · {format.day(updated_date)}
        </p>
      </div>
    </article>
  );
}
