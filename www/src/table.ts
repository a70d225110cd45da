// The list of cases: loading, empty, or a table that pages.

import type { CaseRecord } from "cisco-support-case";
import { caseAddress } from "./address.js";
import { answeredLine } from "./answered.js";
import { button, byId, el } from "./dom.js";
import { count, counted, date, severity, status } from "./format.js";
import type { Order, Query, Shown } from "./query.js";

const list = byId("list", HTMLElement);
const pager = byId("pager", HTMLElement);
const summary = byId("summary", HTMLElement);

interface Column {
  name: string;
  /** In which order of the list this column is sorted, and how. */
  sorted?: Partial<Record<Order, "ascending" | "descending">>;
  cell: (one: CaseRecord) => Node | string;
}

const COLUMNS: Column[] = [
  { name: "Case", cell: (one) => el("a", { href: caseAddress(one.case_id) }, one.case_id || "(no number)") },
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

/** Says that cases are on their way. Those that are there stay until the others come. */
export function showLoading(): void {
  list.setAttribute("aria-busy", "true");
  summary.textContent = "Loading…";
  if (list.childElementCount > 0) return;
  const bars = Array.from({ length: 8 }, () => el("div", { class: "bar" }));
  list.replaceChildren(el("div", { class: "skeleton", "aria-hidden": "true" }, ...bars));
}

/** Takes the list away, where an error is shown in its place. */
export function showNothing(): void {
  list.setAttribute("aria-busy", "false");
  list.replaceChildren();
  pager.hidden = true;
  summary.textContent = "";
  byId("answered", HTMLElement).replaceChildren();
}

/** Shows a page, or what to do where there is nothing to show. */
export function showCases(query: Query, shown: Shown, turn: (page: number) => void, widen: () => void): void {
  list.setAttribute("aria-busy", "false");
  list.replaceChildren(...[shown.cases.length === 0 ? empty(query, widen) : table(query, shown), ...remarks(shown)]);
  byId("answered", HTMLElement).replaceChildren(...[answeredLine(shown.answered)].filter((line) => line !== null));
  showPager(shown, turn);
  summary.textContent =
    shown.total === 0
      ? "No cases"
      : `Page ${count(shown.page)} of ${count(shown.pages)}, ${counted(shown.total, "case")}`;
}

function table(query: Query, { cases, first, last, total }: Shown): HTMLElement {
  // A narrow screen shows rows as cards, for which CSS takes the table's parts out of their table layout; browsers
  // would forget what they are, so it is said.
  const head = el("tr", { role: "row" });
  for (const { name, sorted } of COLUMNS) {
    head.append(el("th", { role: "columnheader", scope: "col", "aria-sort": sorted?.[query.order] }, name));
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

/** A click anywhere on a row opens its case; the link in it is for the keyboard. Marking text is no click. */
function openRow({ target }: MouseEvent): void {
  if (!(target instanceof Element) || target.closest("a") || getSelection()?.isCollapsed === false) return;
  const link = target.closest("tr")?.querySelector("a");
  // The focus comes back here when the case is closed.
  link?.focus({ preventScroll: true });
  link?.click();
}

function empty(query: Query, widen: () => void): HTMLElement {
  const narrowed = query.status !== "" || query.from !== "" || query.to !== "";
  const hint = narrowed
    ? "No case matches the status and the dates chosen here."
    : "Check the ids: those that the service does not know have no cases.";
  return el(
    "div",
    { class: "empty" },
    el("p", { class: "empty-title" }, "No cases found"),
    el("p", {}, hint),
    narrowed && query.mode !== "case" ? button("Search without status and dates", widen) : null,
  );
}

function remarks({ missing, issues }: Shown): HTMLElement[] {
  const said: HTMLElement[] = [];
  if (missing.length > 0) {
    said.push(el("p", { class: "remark" }, `Not found, or not for this account: ${missing.join(", ")}`));
  }
  if (issues.length > 0) {
    const items = issues.map(({ case_id, path, expected }) => el("li", {}, `${case_id} ${path}: expected ${expected}`));
    const title = `${counted(issues.length, "field")} not as the service documents them`;
    said.push(el("details", { class: "remark" }, el("summary", {}, title), el("ul", {}, ...items)));
  }
  return said;
}

function showPager({ page, pages }: Shown, turn: (page: number) => void): void {
  pager.hidden = pages < 2;
  const focused = document.activeElement?.getAttribute("data-turn");
  const to = (name: string, target: number) => {
    const useless = target < 1 || target > pages || target === page;
    // Not `disabled`: a button that had the focus would lose it on the last page.
    const act = () => {
      if (!useless) turn(target);
    };
    return button(name, act, { "data-turn": name, "aria-disabled": useless ? "true" : null });
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
