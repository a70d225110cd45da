// The output of an example: as a table where lines or a list have columns, otherwise as a tree of values.

import type { Described, Line } from "./messages.js";

export type View = "table" | "tree";

const MAX_LINES = 500;
const MAX_COLUMNS = 12;

export function element(name: string, text = "", className = ""): HTMLElement {
  const one = document.createElement(name);
  if (text) one.textContent = text;
  if (className) one.className = className;
  return one;
}

/** A value in one line. */
const inline = (value: Described): string => (value.type === "text" ? value.text : value.label);

/** A value with its members, each of which can be opened. */
export function treeOf(value: Described, name = "", isOpen = false): HTMLElement {
  const label = name ? `${name}: ${inline(value)}` : inline(value);
  if (value.type === "text" || value.entries.length === 0) return element("div", label, "leaf");
  const details = document.createElement("details");
  details.append(element("summary", label));
  details.open = isOpen;
  const fill = () => {
    if (details.childElementCount > 1) return;
    for (const [key, member] of value.entries) details.append(treeOf(member, key));
    if (value.left > 0) details.append(element("div", `… ${value.left} more`, "leaf"));
  };
  if (isOpen) fill();
  details.addEventListener("toggle", fill);
  return details;
}

/** A table that scrolls sideways by itself. */
export function tableOf(columns: string[], rows: string[][], label: string): HTMLElement {
  const frame = element("div", "", "table");
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", label);
  const table = document.createElement("table");
  if (columns.length > 0) {
    const head = table.createTHead().insertRow();
    for (const name of columns) head.append(element("th", name));
  }
  const body = table.createTBody();
  for (const cells of rows) {
    const row = body.insertRow();
    for (const cell of cells) row.insertCell().textContent = cell;
  }
  frame.append(table);
  return frame;
}

/** The rows of a list of objects; undefined if the value is none. */
function listRows(value: Described | undefined): { columns: string[]; rows: string[][] } | undefined {
  if (value?.type !== "object" || !/^(Array|Set)\(/.test(value.label) || value.entries.length === 0) return undefined;
  const members = value.entries.map(([, member]) => member);
  if (!members.every((member) => member.type === "object")) return undefined;
  const columns = [...new Set(members.flatMap((member) => member.entries.map(([name]) => name)))].slice(0, MAX_COLUMNS);
  const rows = members.map((member) => {
    const cells = new Map(member.entries);
    return columns.map((name) => {
      const cell = cells.get(name);
      return cell ? inline(cell).replace(/^"(.*)"$/s, "$1") : "";
    });
  });
  return { columns, rows };
}

/** The lines that follow each other as rows with equally many cells. */
function* grouped(lines: Line[]): Generator<Line[]> {
  let group: Line[] = [];
  const columnsOf = ({ values }: Line) => (values.every(({ type }) => type === "text") ? values.length : 0);
  for (const line of lines) {
    const first = group[0];
    if (first && columnsOf(first) > 1 && columnsOf(line) === columnsOf(first)) group.push(line);
    else {
      if (first) yield group;
      group = [line];
    }
  }
  if (group.length > 0) yield group;
}

function lineOf(line: Line, isTree: boolean): HTMLElement {
  const list = listRows(line.values[0]);
  if (list && line.values.length === 1 && (!isTree || line.method === "table")) {
    return tableOf(list.columns, list.rows, "Output: list");
  }
  const row = element("div", "", `line ${line.method}`);
  for (const value of line.values) {
    if (value.type === "text") row.append(element("span", `${value.text} `));
    else row.append(treeOf(value, "", isTree && line.values.length === 1));
  }
  return row;
}

/** Shows lines in an element, the first 500 of them. */
export function showLines(target: HTMLElement, lines: Line[], view: View): void {
  const shown = lines.slice(0, MAX_LINES);
  const parts: HTMLElement[] = [];
  if (view === "tree") parts.push(...shown.map((line) => lineOf(line, true)));
  else {
    for (const group of grouped(shown)) {
      const [first] = group;
      if (group.length > 1)
        parts.push(
          tableOf(
            [],
            group.map(({ values }) => values.map(inline)),
            "Output: lines",
          ),
        );
      else if (first) parts.push(lineOf(first, false));
    }
  }
  if (lines.length > shown.length) parts.push(element("p", `… ${lines.length - shown.length} more lines`));
  target.replaceChildren(...parts);
}
