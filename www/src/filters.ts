// The search form, and its validation messages at the fields that they concern.

import { explainError, LIMITS, parseIds, type Problem } from "cisco-support-case";
import { button, byId, el } from "./dom.js";
import { counted } from "./format.js";
import type { Mode, Order, Search } from "./search.js";

/** A field of the form, with its message, hint and label. */
interface FormField {
  input: HTMLInputElement | HTMLTextAreaElement;
  problem: HTMLElement;
  hint: string;
  label: () => string;
}

interface ModeText {
  label: string;
  one: string;
  limit: number;
}

const MODES: Record<Mode, ModeText> = {
  contract: { label: "Contract ids", one: "contract", limit: LIMITS.contract_ids },
  user: { label: "User ids", one: "user", limit: LIMITS.user_ids },
  case: { label: "Case numbers", one: "case", limit: LIMITS.case_ids },
};

/** Ids that the form offers as buttons. */
export interface Suggestions {
  own: Record<Mode, readonly string[]>;
  /** One id of another tenant for each mode; `null` if there is no other tenant. */
  foreign: Record<Mode, string> | null;
}

const form = byId("filters", HTMLFormElement);
const ids = byId("ids", HTMLTextAreaElement);
const from = byId("from", HTMLInputElement);
const to = byId("to", HTMLInputElement);
const order = byId("order", HTMLSelectElement);
const chips = byId("suggestions", HTMLElement);
const summary = byId("problems", HTMLElement);

const idsField: FormField = {
  input: ids,
  problem: byId("ids-problem", HTMLElement),
  hint: "ids-hint",
  label: () => MODES[mode()].label,
};
const FIELDS: Record<string, FormField> = {
  contract_ids: idsField,
  user_ids: idsField,
  case_ids: idsField,
  date_created_from: {
    input: from,
    problem: byId("from-problem", HTMLElement),
    hint: "dates-hint",
    label: () => "Created from",
  },
  date_created_to: {
    input: to,
    problem: byId("to-problem", HTMLElement),
    hint: "dates-hint",
    label: () => "Created to",
  },
};

/** The value of a group of radio buttons; index.html has one checked. */
const chosen = (name: string): string => String(new FormData(form).get(name) ?? "");
const mode = (): Mode => chosen("mode") as Mode;

/** The text of each mode, so that switching modes loses nothing. */
const typed: Record<Mode, string> = { contract: "", user: "", case: "" };
let current: Mode = "contract";

/** Returns the search that the form describes. */
export function readSearch(): Search {
  return {
    mode: mode(),
    ids: parseIds(ids.value),
    from: from.value,
    to: to.value,
    status: chosen("status") as Search["status"],
    order: order.value as Order,
  };
}

let suggestions: Suggestions = { own: { contract: [], user: [], case: [] }, foreign: null };

/** Replaces the suggestions and all typed ids, and selects the first id, so that the page starts with cases. */
export function setSuggestions(others: Suggestions): void {
  suggestions = others;
  for (const name of Object.keys(typed) as Mode[]) typed[name] = suggestions.own[name][0] ?? "";
  ids.value = typed[mode()];
  current = mode();
  showMode();
}

/** Registers the form's event handlers. `search` is called on submit. */
export function setUpFilters(search: () => void): void {
  byId("dates-hint", HTMLElement).textContent = `Days in UTC, at most ${LIMITS.rangeDays} of them.`;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  form.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.name === "mode") showMode();
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    clear();
    showMode();
    ids.focus();
  });
  ids.addEventListener("input", () => pressChips());
  ids.addEventListener("keydown", (event) => {
    // Enter submits, as in a one-line field. Shift+Enter starts a new line.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

function clear(): void {
  for (const name of Object.keys(typed) as Mode[]) typed[name] = "";
  ids.value = "";
  clearConditions();
  order.value = "newest";
}

/** Clears the status and the dates. */
export function clearConditions(): void {
  for (const input of form.querySelectorAll<HTMLInputElement>("[name=status]")) input.checked = input.value === "";
  from.value = "";
  to.value = "";
  showProblems([]);
}

function showMode(): void {
  typed[current] = ids.value;
  current = mode();
  const words = MODES[current];
  ids.value = typed[current];
  byId("ids-label", HTMLElement).textContent = words.label;
  byId("ids-hint", HTMLElement).textContent = `Up to ${words.limit}, separated by spaces, commas or new lines.`;
  // Case Summary has no parameters for status and dates.
  byId("status-group", HTMLFieldSetElement).hidden = current === "case";
  byId("dates-group", HTMLFieldSetElement).hidden = current === "case";
  chips.replaceChildren(
    ...suggestions.own[current].map((id) => button(id, () => toggle(id), { class: "chip", "data-id": id })),
    ...(suggestions.foreign ? [foreignChip(suggestions.foreign[current])] : []),
  );
  pressChips();
  showProblems([]);
}

/** A button that searches for another tenant's id only: the gateway rejects a whole request for one forbidden id. */
function foreignChip(id: string): HTMLButtonElement {
  const showIds = () => {
    ids.value = id;
    pressChips();
    form.requestSubmit();
  };
  const chip = button(id, showIds, { class: "chip foreign", "data-id": id });
  chip.append(el("span", { class: "foreign-note" }, " not yours: try it"));
  return chip;
}

function toggle(id: string): void {
  const now = parseIds(ids.value);
  ids.value = (now.includes(id) ? now.filter((other) => other !== id) : [...now, id]).join(", ");
  pressChips();
}

function pressChips(): void {
  const now = parseIds(ids.value);
  for (const chip of chips.querySelectorAll("button")) {
    chip.setAttribute("aria-pressed", String(now.includes(chip.dataset["id"] ?? "")));
  }
}

/** Problems of incomplete dates. Their inputs have no value, so no other check can find them. */
export function incompleteDates(): Problem[] {
  const inputs = { date_created_from: from, date_created_to: to };
  const half = Object.entries(inputs).filter(([, input]) => input.validity.badInput && mode() !== "case");
  return half.map(([field]) => ({
    field,
    // A code of this page: the error table's advice concerns the format in which dates are sent.
    code: "INCOMPLETE_DATE",
    expected: "a whole date, or none",
    value: "",
    message: `${field}: expected a whole date, or none`,
  }));
}

/** Shows each problem at its field and all of them in a summary, and focuses the first field. */
export function showProblems(problems: readonly Problem[]): void {
  for (const { input, problem, hint } of Object.values(FIELDS)) {
    input.removeAttribute("aria-invalid");
    input.setAttribute("aria-describedby", hint);
    problem.hidden = true;
    problem.replaceChildren();
  }
  summary.replaceChildren();
  if (problems.length === 0) return;

  const lines: HTMLElement[] = [];
  let first: HTMLElement | undefined;
  for (const problem of problems) {
    const field = FIELDS[problem.field];
    if (!field) {
      lines.push(el("li", {}, problem.message));
      continue;
    }
    first ??= field.input;
    field.input.setAttribute("aria-invalid", "true");
    field.input.setAttribute("aria-describedby", `${field.problem.id} ${field.hint}`);
    field.problem.hidden = false;
    field.problem.append(el("span", {}, sentence(problem)));
    const link = el("a", { href: `#${field.input.id}` }, field.label());
    link.addEventListener("click", (event) => {
      // The URL's fragment is the route of a case.
      event.preventDefault();
      field.input.focus();
    });
    lines.push(el("li", {}, link, `: ${sentence(problem)}`));
  }
  const heading = `Nothing was sent: ${counted(problems.length, "thing")} to correct`;
  summary.append(el("div", { class: "problems" }, el("p", {}, heading), el("ul", {}, ...lines)));
  first?.focus();
}

/** The message for a user: an invalid id is quoted; other problems have advice in the error table. */
function sentence({ code, expected, value, index }: Problem): string {
  if (index !== undefined) return `“${String(value)}” is not right: expected ${expected}.`;
  return explainError(code)[0]?.advice ?? `Expected ${expected}.`;
}
