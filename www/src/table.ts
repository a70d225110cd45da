// The list of cases: loading, empty, or a table that pages.

import type { CaseRecord } from "cisco-support-case";
import { caseHash } from "./hash-route.js";
import { cacheStatusLine } from "./cache-status.js";
import { button, byId, el } from "./dom.js";
import { count, counted, date, severity, status } from "./format.js";
import type { Order, Search, ResultPage } from "./search.js";

const list = byId("list", HTMLElement);
const pager = byId("pager", HTMLElement);
const summary = byId("summary", HTMLElement);

interface Column {
  name: string;
  /** The sort direction of this column in each order of the list. */
  sorted?: Partial<Record<Order, "ascending" | "descending">>;
  cell: (one: CaseRecord) => Node | string;
}

const COLUMNS: Column[] = [
  { name: "Case", cell: (one) => el("a", { href: caseHash(one.case_id) }, one.case_id || "(no number)") },
  { name: "Severity", cell: (one) => severity(one.severity) },
  { name: "Status", sorted: { status: "ascending" }, cell: (one) => status(one.status) },
  { name: "Title", cell: (one) => one.title || "–" },
  { name: "Contract", cell: (one) => one.contract_id || "–" },
  { name: "User", cell: (one) => one.user_id || "–" },
  {
    name: "Updated (UTC)",
    sorted: { newest: "descending", oldest: "ascending" },
    cell: (one) => date(one.updated_date),
  },
];

/** Marks the list as loading. The current cases stay until their replacement arrives. */
export function showLoading(): void {
  list.setAttribute("aria-busy", "true");
  summary.textContent = "Loading…";
  if (list.childElementCount > 0) return;
  const bars = Array.from({ length: 8 }, () => el("div", { class: "bar" }));
  list.replaceChildren(el("div", { class: "skeleton", "aria-hidden": "true" }, ...bars));
}

/** Clears the list, for an error in its place. */
export function showNothing(): void {
  list.setAttribute("aria-busy", "false");
  list.replaceChildren();
  pager.hidden = true;
  summary.textContent = "";
  byId("cache-status", HTMLElement).replaceChildren();
}

/** Shows a page of cases, or advice if it is empty. */
export function showCases(search: Search, shown: ResultPage, turn: (page: number) => void, widen: () => void): void {
  list.setAttribute("aria-busy", "false");
  list.replaceChildren(...[shown.cases.length === 0 ? empty(search, widen) : table(search, shown), ...remarks(shown)]);
  byId("cache-status", HTMLElement).replaceChildren(
    ...[cacheStatusLine(shown.cacheStatuses)].filter((line) => line !== null),
  );
  showPager(shown, turn);
  summary.textContent =
    shown.total === 0
      ? "No cases"
      : `Page ${count(shown.page)} of ${count(shown.pages)}, ${counted(shown.total, "case")}`;
}

function table(search: Search, { cases, first, last, total }: ResultPage): HTMLElement {
  // On a narrow screen CSS lays rows out as cards, and browsers then drop the implicit roles of a table: they are
  // written out.
  const head = el("tr", { role: "row" });
  for (const { name, sorted } of COLUMNS) {
    head.append(el("th", { role: "columnheader", scope: "col", "aria-sort": sorted?.[search.order] }, name));
  }
  const body = el("tbody", { role: "rowgroup" });
  for (const one of cases) {
    const row = el("tr", { role: "row" });
    for (const [place, { name, cell }] of COLUMNS.entries()) {
      const attributes = { "data-name": name };
      row.append(
        place === 0
          ? el("th", { role: "rowheader", scope: "row", ...attributes }, cell(one))
          : el("td", { role: "cell", ...attributes }, cell(one)),
      );
    }
    body.append(row);
  }
  body.addEventListener("click", openRow);
  const caption = `Cases ${count(first)} to ${count(last)} of ${count(total)}`;
  return el("table", { role: "table" }, el("caption", {}, caption), el("thead", { role: "rowgroup" }, head), body);
}

/** Opens the case of a clicked row. The link is for the keyboard. Selecting text does not open a case. */
function openRow({ target }: MouseEvent): void {
  if (!(target instanceof Element) || target.closest("a") || getSelection()?.isCollapsed === false) return;
  const link = target.closest("tr")?.querySelector("a");
  // Closing the dialog returns the focus here.
  link?.focus({ preventScroll: true });
  link?.click();
}

function empty(search: Search, widen: () => void): HTMLElement {
  const narrowed = search.status !== "" || search.from !== "" || search.to !== "";
  const hint = narrowed
    ? "No case matches the status and the dates chosen here."
    : "Check the ids: those that the service does not know have no cases.";
  return el(
    "div",
    { class: "empty" },
    el("p", { class: "empty-title" }, "No cases found"),
    el("p", {}, hint),
    narrowed && search.mode !== "case" ? button("Search without status and dates", widen) : null,
  );
}

function remarks({ missing, issues }: ResultPage): HTMLElement[] {
  const elements: HTMLElement[] = [];
  if (missing.length > 0) {
    elements.push(el("p", { class: "remark" }, `Not found, or not for this account: ${missing.join(", ")}`));
  }
  if (issues.length > 0) {
    const items = issues.map(({ case_id, path, expected }) => el("li", {}, `${case_id} ${path}: expected ${expected}`));
    const title = `${counted(issues.length, "field")} not as the service documents them`;
    elements.push(el("details", { class: "remark" }, el("summary", {}, title), el("ul", {}, ...items)));
  }
  return elements;
}

function showPager({ page, pages }: ResultPage, turn: (page: number) => void): void {
  pager.hidden = pages < 2;
  const focused = document.activeElement?.getAttribute("data-turn");
  const to = (name: string, target: number) => {
    const isDisabled = target < 1 || target > pages || target === page;
    // `aria-disabled`, because `disabled` would take the focus from the button on the last page.
    const act = () => {
      if (!isDisabled) turn(target);
    };
    return button(name, act, { "data-turn": name, "aria-disabled": isDisabled ? "true" : null });
  };
  pager.replaceChildren(
    to("First", 1),
    to("Previous", page - 1),
    el("span", { class: "pager-place" }, `${count(page)} of ${count(pages)}`),
    to("Next", page + 1),
    to("Last", pages),
  );
  if (focused) pager.querySelector<HTMLElement>(`[data-turn="${focused}"]`)?.focus({ preventScroll: true });
}
