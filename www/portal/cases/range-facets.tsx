// Ranges of dates and of days.

import { type ReactNode, useId } from "react";
import { adjust } from "../app/navigation.js";
import { useSession } from "../app/store-hooks.js";
import { useFormatter } from "../app/use-formatter.js";
import type { AgeField, DateField, DateRange, View } from "../app/view.js";
import { dateLabel, FIELD_LABELS, omit } from "./conditions.js";

/** The choices of days up to now. */
const LAST_DAYS = [1, 7, 30, 90, 365] as const;
/** The last day that can be entered: later years have more than four digits. */
const LAST_DAY = "9999-12-31";
/** The choices of least ages, in days. */
const AGES = [3, 7, 14, 30, 90, 180] as const;

/** The ranges of a view. */
export function RangeFacets({ view }: { view: View }): ReactNode {
  const { source } = useSession();
  const format = useFormatter();
  return (
    <details className="facet" open>
      <summary>Time</summary>
      <Dates view={view} field="created" />
      <Dates view={view} field="updated" />
      <Age view={view} field="open_for_days" />
      <Age view={view} field="quiet_for_days" />
      <Age view={view} field="in_status_for_days" />
      <p className="hint">Any time: cases created since {dateLabel(source.from, format)} are here.</p>
    </details>
  );
}

const withDates = (view: View, field: DateField, range: DateRange | null): View => ({
  ...view,
  where: range ? { ...view.where, [field]: range } : omit(view.where, field),
});

function Dates({ view, field }: { view: View; field: DateField }): ReactNode {
  const id = useId();
  const range = view.where[field];
  const isFixed = range !== undefined && !("lastDays" in range);
  const value = range === undefined ? "" : "lastDays" in range ? String(range.lastDays) : "fixed";
  const others = range && "lastDays" in range && !(LAST_DAYS as readonly number[]).includes(range.lastDays);
  const change = (next: string) => {
    if (next === "") adjust(withDates(view, field, null));
    else if (next === "fixed") adjust(withDates(view, field, { from: `${daysAgo(30)}T00:00:00Z` }));
    else adjust(withDates(view, field, { lastDays: Number(next) }));
  };
  const edit = (side: "from" | "to", date: string) => {
    const { [side]: _old, ...rest } = isFixed ? range : {};
    const next = { ...rest, ...(date && { [side]: `${date}T00:00:00Z` }) };
    adjust(withDates(view, field, Object.keys(next).length > 0 ? next : null));
  };
  return (
    <div className="range">
      <label htmlFor={id}>{FIELD_LABELS[field]}</label>
      <select id={id} value={value} onChange={({ target }) => change(target.value)}>
        <option value="">at any time</option>
        {LAST_DAYS.map((days) => (
          <option key={days} value={days}>
            in the last {days === 1 ? "day" : `${days} days`}
          </option>
        ))}
        {others && <option value={value}>in the last {value} days</option>}
        <option value="fixed">between dates (UTC)</option>
      </select>
      {isFixed && (
        <div className="range-dates">
          <input
            type="date"
            aria-label={`${FIELD_LABELS[field]} from`}
            max={LAST_DAY}
            value={range.from?.slice(0, 10) ?? ""}
            onChange={({ target }) => edit("from", target.value)}
          />
          <input
            type="date"
            aria-label={`${FIELD_LABELS[field]} before`}
            max={LAST_DAY}
            value={range.to?.slice(0, 10) ?? ""}
            onChange={({ target }) => edit("to", target.value)}
          />
        </div>
      )}
    </div>
  );
}

const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

function Age({ view, field }: { view: View; field: AgeField }): ReactNode {
  const id = useId();
  const range = view.where[field];
  const value = range === undefined ? "" : `${range.min ?? ""}-${range.max ?? ""}`;
  const isKnown = value === "" || AGES.some((days) => value === `${days}-`);
  return (
    <div className="range">
      <label htmlFor={id}>{FIELD_LABELS[field]}</label>
      <select
        id={id}
        value={value}
        onChange={({ target }) => {
          const days = Number.parseInt(target.value, 10);
          const where = target.value === "" ? omit(view.where, field) : { ...view.where, [field]: { min: days } };
          adjust({ ...view, where });
        }}
      >
        <option value="">any time</option>
        {AGES.map((days) => (
          <option key={days} value={`${days}-`}>
            at least {days} days
          </option>
        ))}
        {!isKnown && (
          <option value={value}>
            {range?.min ?? 0} to {range?.max ?? "any"} days
          </option>
        )}
      </select>
    </div>
  );
}
