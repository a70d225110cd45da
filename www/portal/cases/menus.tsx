// The menus of the list: columns, order, groups and links.

import type { ReactNode } from "react";
import { adjust, hrefOf } from "../app/navigation.js";
import {
  GROUP_FIELDS,
  type GroupField,
  hasRelativeTimes,
  SORT_KEYS,
  type SortKey,
  type View,
  withFixedTimes,
} from "../app/view.js";
import { changeSettings, useSettings } from "../settings/settings.js";
import { announce } from "../ui/announcer.js";
import { copy } from "../ui/clipboard.js";
import { Icon } from "../ui/icons.js";
import { Popover } from "../ui/popover.js";
import { COLUMNS, columnsOf, MIN_WIDTH } from "./columns.js";
import { FIELD_LABELS } from "./conditions.js";
import { shownSort } from "./sort.js";

/** The step of a column's width in pixels. */
const WIDTH_STEP = 24;

/** The menu of columns: their choice, order and widths, and the density. */
export function ColumnsMenu({ view, shown }: { view: View; shown: readonly string[] }): ReactNode {
  const { density, widths } = useSettings();
  const present = view.density ?? density;
  const set = (columns: readonly string[]) => adjust({ ...view, columns });
  const ordered = columnsOf(shown);
  const others = COLUMNS.filter(({ id }) => !ordered.some((one) => one.id === id));
  const move = (id: string, by: number) => {
    const ids = ordered.map((one) => one.id);
    const from = ids.indexOf(id);
    const to = Math.max(0, Math.min(ids.length - 1, from + by));
    ids.splice(to, 0, ...ids.splice(from, 1));
    set(ids);
  };
  const widen = (id: string, width: number, by: number) => {
    const element = document.querySelector(`.head-cell.cell-${id}`);
    const now = widths[id] ?? element?.getBoundingClientRect().width ?? width;
    changeSettings({ widths: { ...widths, [id]: Math.max(MIN_WIDTH, Math.round(now + by)) } });
  };
  return (
    <Popover label="Columns" className="quiet" button={<ButtonText icon="columns" text="Columns" />}>
      {() => (
        <div className="columns-menu">
          <h2>Columns</h2>
          <ul className="column-list">
            {ordered.map(({ id, label, width }, at) => (
              <li key={id}>
                <label className="check">
                  <input
                    type="checkbox"
                    checked
                    disabled={id === "title"}
                    onChange={() => set(ordered.filter((one) => one.id !== id).map((one) => one.id))}
                  />
                  {label}
                </label>
                <IconButton
                  icon="up"
                  label={`${label} further left`}
                  isDisabled={at === 0}
                  onClick={() => move(id, -1)}
                />
                <IconButton
                  icon="down"
                  label={`${label} further right`}
                  isDisabled={at === ordered.length - 1}
                  onClick={() => move(id, 1)}
                />
                <IconButton icon="minus" label={`${label} narrower`} onClick={() => widen(id, width, -WIDTH_STEP)} />
                <IconButton icon="plus" label={`${label} wider`} onClick={() => widen(id, width, WIDTH_STEP)} />
              </li>
            ))}
            {others.map(({ id, label }) => (
              <li key={id}>
                <label className="check">
                  <input type="checkbox" checked={false} onChange={() => set([...ordered.map((one) => one.id), id])} />
                  {label}
                </label>
              </li>
            ))}
          </ul>
          <h2>Rows</h2>
          <div className="segments">
            {(["comfortable", "compact"] as const).map((one) => (
              <label key={one}>
                <input
                  type="radio"
                  name="view-density"
                  checked={present === one}
                  onChange={() => adjust({ ...view, density: one })}
                />
                {one === "compact" ? "Compact" : "Comfortable"}
              </label>
            ))}
          </div>
          <div className="dialog-actions">
            <button
              type="button"
              className="quiet small"
              onClick={() => {
                changeSettings({ columns: ordered.map(({ id }) => id), density: present });
                announce("Kept for all views.");
              }}
            >
              Use for all views
            </button>
            <button
              type="button"
              className="quiet small"
              onClick={() => {
                changeSettings({ columns: null, widths: {} });
                adjust({ ...view, columns: null, density: null });
              }}
            >
              Reset
            </button>
          </div>
        </div>
      )}
    </Popover>
  );
}

const SORT_LABELS: Readonly<Record<SortKey, string>> = {
  updated_date: "Updated",
  creation_date: "Created",
  status_since: "In status since",
  last_note_date: "Last note",
  severity: "Severity",
  status: "Status",
  title: "Title",
  case_id: "Case",
  contract_id: "Contract",
  user_id: "User",
  technology_name: "Technology",
};

/** The menu of the order: several terms, each with its direction. */
export function SortMenu({ view }: { view: View }): ReactNode {
  const sort = shownSort(view);
  const free = SORT_KEYS.filter((key) => !sort.some(({ by }) => by === key));
  const set = (next: View["sort"]) => adjust({ ...view, sort: next });
  return (
    <Popover label="Order" className="quiet" button={<ButtonText icon="down" text="Order" />}>
      {() => (
        <div className="sort-menu">
          <h2>Order</h2>
          {sort.length === 0 && <p className="hint">Best match first.</p>}
          <ol>
            {sort.map((term, at) => (
              <li key={term.by}>
                <span>{SORT_LABELS[term.by]}</span>
                <button
                  type="button"
                  className="small"
                  onClick={() => {
                    const order = term.order === "asc" ? "desc" : "asc";
                    set(sort.map((one, place) => (place === at ? { ...one, order } : one)));
                  }}
                >
                  <Icon name={term.order === "asc" ? "up" : "down"} />
                  <span className="visually-hidden">{SORT_LABELS[term.by]} </span>
                  {term.order === "asc" ? "ascending" : "descending"}
                </button>
                <IconButton
                  icon="close"
                  label={`Do not sort by ${SORT_LABELS[term.by]}`}
                  onClick={() => set(sort.filter((_, place) => place !== at))}
                />
              </li>
            ))}
          </ol>
          <div className="field">
            <label htmlFor="sort-add">{sort.length > 0 ? "Then by" : "By"}</label>
            <select
              id="sort-add"
              value=""
              onChange={({ target }) => set([...sort, { by: target.value as SortKey, order: "asc" }])}
            >
              <option value="">Choose</option>
              {free.map((key) => (
                <option key={key} value={key}>
                  {SORT_LABELS[key]}
                </option>
              ))}
            </select>
          </div>
        </div>
      )}
    </Popover>
  );
}

/** The choice of groups. */
export function GroupMenu({ view }: { view: View }): ReactNode {
  return (
    <label className={`group-choice ${view.group ? "is-grouped" : ""}`} title="Group by">
      <Icon name="group" />
      <span className="visually-hidden">Group by</span>
      <select
        value={view.group ?? ""}
        onChange={({ target }) => {
          adjust({ ...view, group: (target.value || null) as GroupField | null, collapsed: [] });
        }}
      >
        <option value="">No groups</option>
        {GROUP_FIELDS.map((field) => (
          <option key={field} value={field}>
            By {FIELD_LABELS[field].toLowerCase()}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The menu of links to the view: with times that move on, with fixed ones, in UTC. */
export function LinkMenu({ view, nowMs }: { view: View; nowMs: number }): ReactNode {
  const copyLink = (wanted: View, what: string) => {
    copy(new URL(hrefOf(wanted), location.href).href).then(
      () => announce(`${what} copied.`),
      () => announce("The clipboard is not available."),
    );
  };
  const isRelative = hasRelativeTimes(view);
  return (
    <Popover label="Copy a link to this list" className="quiet" button={<ButtonText icon="link" text="Link" />}>
      {(close) => {
        const item = (label: string, wanted: View) => (
          <li>
            <button
              type="button"
              onClick={() => {
                copyLink(wanted, "Link");
                close();
              }}
            >
              {label}
            </button>
          </li>
        );
        return (
          <>
            <h2>Copy a link to this list</h2>
            <ul className="menu-list">
              {item(isRelative ? "Whose times move on with the days" : "To this list", { ...view, zone: null })}
              {isRelative && item("With the times as they are now", withFixedTimes(view, nowMs))}
              {item("That shows dates in UTC", { ...(isRelative ? withFixedTimes(view, nowMs) : view), zone: "UTC" })}
            </ul>
          </>
        );
      }}
    </Popover>
  );
}

/** An icon and a text that narrow screens hide. */
export const ButtonText = ({ icon, text }: { icon: Parameters<typeof Icon>[0]["name"]; text: string }): ReactNode => (
  <>
    <Icon name={icon} />
    <span className="button-text">{text}</span>
  </>
);

interface IconButtonProps {
  readonly icon: Parameters<typeof Icon>[0]["name"];
  readonly label: string;
  readonly isDisabled?: boolean;
  readonly onClick: () => void;
}

const IconButton = ({ icon, label, isDisabled = false, onClick }: IconButtonProps): ReactNode => (
  <button
    type="button"
    className="quiet icon small"
    aria-label={label}
    title={label}
    disabled={isDisabled}
    onClick={onClick}
  >
    <Icon name={icon} />
  </button>
);
