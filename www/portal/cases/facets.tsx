// The facets: values with the number of matching cases, each to include or to exclude; and ranges of dates and days.

import type { CaseQuery, FacetField, FacetValue } from "cisco-support-case/store";
import { memo, type ReactNode, startTransition, useEffect, useId, useMemo, useState } from "react";
import { adjust } from "../app/navigation.js";
import { useStore, useStoreVersion } from "../app/store-hooks.js";
import { useFormatter } from "../app/use-formatter.js";
import type { ListField, View } from "../app/view.js";
import { changeSettings, useSettings } from "../settings/settings.js";
import { afterPaint } from "../ui/after-paint.js";
import { SeverityBadge } from "../ui/badges.js";
import { balanced } from "../ui/bidi.js";
import { Icon } from "../ui/icons.js";
import { FIELD_LABELS, valueLabel } from "./conditions.js";
import { stateOf, withOnly, withValue } from "./facet-values.js";
import { type FacetCounts, FacetCounter } from "./facet-counts.js";
import { MarkFacet } from "./mark-facet.js";
import { RangeFacets } from "./range-facets.js";
import "./facets.css";

/** The facets, in their order. */
const FIELDS = [
  "status_flag",
  "severity",
  "status",
  "contract_id",
  "technology_name",
  "sub_technology_name",
  "user_id",
  "rma",
  "bug",
] as const satisfies readonly (FacetField & ListField)[];
type Field = (typeof FIELDS)[number];

/** The number of values that are shown first. */
const SHOWN = 7;
/** The number of values that "more" shows. */
const MORE = 200;

/** Properties of the facets. */
export interface FacetsProps {
  readonly view: View;
  readonly query: CaseQuery;
  /** Whether the facets can be seen: others are not counted. */
  readonly isShown: boolean;
}

/** All facets of a view. */
export const Facets = memo(function Facets({ view, query, isShown }: FacetsProps): ReactNode {
  const { foldedFacets } = useSettings();
  const fields = useMemo(() => FIELDS.filter((field) => !foldedFacets.includes(field)), [foldedFacets]);
  const counts = useCounts(query, fields, isShown);
  // Which facets there are is known with the first counts.
  if (!counts) return null;
  return (
    <div className="facets">
      <MarkFacet view={view} isShown={isShown} />
      {FIELDS.map((field) => {
        const values = counts[field];
        // A field that no case has a value of is of no use.
        if (field === "sub_technology_name" && isEmpty(counts.technology_name)) return null;
        if (isEmpty(values) && !view.where[field] && !view.not[field]) return null;
        return <Facet key={field} field={field} values={values} view={view} />;
      })}
      <RangeFacets view={view} />
    </div>
  );
});

/** The counts of fields, or those of the former query until they are known; `null` until any are. */
function useCounts(query: CaseQuery, fields: readonly Field[], isShown: boolean): FacetCounts | null {
  const store = useStore();
  const version = useStoreVersion();
  const [counts, setCounts] = useState<FacetCounts | null>(null);
  const counter = useMemo(() => new FacetCounter(store, (found) => startTransition(() => setCounts(found))), [store]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for the content of the store
  useEffect(
    // The list comes first.
    () => (isShown ? afterPaint(() => counter.count(query, fields)) : undefined),
    [counter, version, query, fields, isShown],
  );
  useEffect(() => () => counter.stop(), [counter]);
  return counts;
}

/** Whether values are known, and no case has one. */
const isEmpty = (values: readonly FacetValue[] | undefined): boolean =>
  values?.every(({ value }) => value === "" || value === null) ?? false;

interface FacetProps {
  readonly field: Field;
  /** The values with their numbers; `undefined` while the facet is folded. */
  readonly values: readonly FacetValue[] | undefined;
  readonly view: View;
}

function Facet({ field, values, view }: FacetProps): ReactNode {
  const { foldedFacets } = useSettings();
  const format = useFormatter();
  const [hasMore, setMore] = useState(false);
  const [filter, setFilter] = useState("");
  const id = useId();
  const label = FIELD_LABELS[field];
  const isOpen = !foldedFacets.includes(field);
  const known = values?.map(({ value, count }) => ({ value: String(value ?? ""), count })) ?? [];
  // Values with an order of their own have it, whatever their numbers are.
  if (field === "severity") known.sort((a, b) => Number(a.value || 9) - Number(b.value || 9));
  if (field === "status_flag") known.sort((a, b) => (b.value > a.value ? 1 : -1));
  // Values that are chosen stay, also without a matching case.
  const chosen = [...(view.where[field] ?? []), ...(view.not[field] ?? [])];
  const missing = chosen
    .filter((value) => !known.some((one) => one.value === value))
    .map((value) => ({ value, count: 0 }));
  const all = [...missing, ...known];
  const wanted = hasMore ? filter.trim().toLowerCase() : "";
  const matching = wanted === "" ? all : all.filter(({ value }) => value.toLowerCase().includes(wanted));
  const top = matching.slice(0, hasMore ? MORE : SHOWN);
  const rest = matching.slice(top.length).filter(({ value }) => chosen.includes(value));
  const shown = [...top, ...rest];
  const toggle = (isNowOpen: boolean) => {
    if (isNowOpen === isOpen) return;
    const others = foldedFacets.filter((one) => one !== field);
    changeSettings({ foldedFacets: isNowOpen ? others : [...others, field] });
  };
  return (
    <details className="facet" open={isOpen} onToggle={({ currentTarget }) => toggle(currentTarget.open)}>
      <summary>
        {label}
        {chosen.length > 0 && <span className="facet-count">{format.count(chosen.length)}</span>}
      </summary>
      {isOpen && (
        <>
          {hasMore && (
            <input
              type="search"
              aria-label={`Filter the values of ${label}`}
              placeholder="Filter"
              value={filter}
              onChange={({ target }) => setFilter(target.value)}
            />
          )}
          <ul aria-label={label}>
            {shown.map(({ value, count }, at) => {
              const state = stateOf(view, field, value);
              const name = valueLabel(field, value);
              const fullName = `${label} ${name}`;
              const input = `${id}-${at}`;
              return (
                <li key={value} className={`facet-value is-${state}`}>
                  <input
                    id={input}
                    type="checkbox"
                    aria-label={fullName}
                    checked={state === "included"}
                    onChange={() => adjust(withValue(view, field, value, state === "included" ? "none" : "included"))}
                  />
                  <label htmlFor={input} title={name}>
                    {field === "severity" && value !== "" ? (
                      <SeverityBadge severity={Number(value)} />
                    ) : (
                      <bdi>{balanced(name)}</bdi>
                    )}
                  </label>
                  <span className="facet-number">{format.count(count)}</span>
                  <button
                    type="button"
                    className="quiet icon small facet-only"
                    aria-label={`Only ${fullName}`}
                    title={`Only ${fullName}`}
                    onClick={() => adjust(withOnly(view, field, value))}
                  >
                    <Icon name="filter" />
                  </button>
                  <button
                    type="button"
                    className="quiet icon small facet-not"
                    aria-label={`Exclude ${fullName}`}
                    aria-pressed={state === "excluded"}
                    title={`Exclude ${fullName}`}
                    onClick={() => adjust(withValue(view, field, value, state === "excluded" ? "none" : "excluded"))}
                  >
                    <Icon name="minus" />
                  </button>
                </li>
              );
            })}
          </ul>
          {all.length > SHOWN && (
            <button type="button" className="quiet small" aria-expanded={hasMore} onClick={() => setMore(!hasMore)}>
              {hasMore ? "Fewer" : `${format.count(all.length - SHOWN)} more`}
              <span className="visually-hidden"> values of {label}</span>
            </button>
          )}
          {hasMore && matching.length > MORE && (
            <p className="hint">{format.count(matching.length - MORE)} further ones: filter them.</p>
          )}
        </>
      )}
    </details>
  );
}
