// The form: what is searched for, and what is wrong with it, said where it is wrong.

import { explainError, LIMITS, parseIds, type Problem } from "cisco-support-case";
import { button, byId, el } from "./dom.js";
import { counted } from "./format.js";
import type { Mode, Order, Query } from "./query.js";

/** A field of the form, by the names that the service and the reader have for it. */
interface Place {
  input: HTMLInputElement | HTMLTextAreaElement;
  problem: HTMLElement;
  hint: string;
  label: () => string;
}

interface ModeWords {
  label: string;
  one: string;
  limit: number;
}

const MODES: Record<Mode, ModeWords> = {
  contract: { label: "Contract ids", one: "contract", limit: LIMITS.contract_ids },
  user: { label: "User ids", one: "user", limit: LIMITS.user_ids },
  case: { label: "Case numbers", one: "case", limit: LIMITS.case_ids },
};

/** What is offered to be clicked. */
export interface Suggestions {
  own: Record<Mode, readonly string[]>;
  /** One id for each mode that somebody else may see; `null` where there is nobody else. */
  foreign: Record<Mode, string> | null;
}

const form = byId("filters", HTMLFormElement);
const ids = byId("ids", HTMLTextAreaElement);
const from = byId("from", HTMLInputElement);
const to = byId("to", HTMLInputElement);
const order = byId("order", HTMLSelectElement);
const chips = byId("suggestions", HTMLElement);
const summary = byId("problems", HTMLElement);

const idsPlace: Place = {
  input: ids,
  problem: byId("ids-problem", HTMLElement),
  hint: "ids-hint",
  label: () => MODES[mode()].label,
};
const PLACES: Record<string, Place> = {
  contract_ids: idsPlace,
  user_ids: idsPlace,
  case_ids: idsPlace,
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

/** A radio button's value, which has been one of the words of index.html all along. */
const chosen = (name: string): string => String(new FormData(form).get(name) ?? "");
const mode = (): Mode => chosen("mode") as Mode;

/** What was typed for each mode, so that a look at another one loses nothing. */
const typed: Record<Mode, string> = { contract: "", user: "", case: "" };
let current: Mode = "contract";

/** What the form says now. */
export function readQuery(): Query {
  return {
    mode: mode(),
    ids: parseIds(ids.value),
    from: from.value,
    to: to.value,
    status: chosen("status") as Query["status"],
    order: order.value as Order,
  };
}

let suggestions: Suggestions = { own: { contract: [], user: [], case: [] }, foreign: null };

/** Offers other ids, and asks for the first: somebody sees cases, not an empty form. What was typed before is gone. */
export function offer(others: Suggestions): void {
  suggestions = others;
  for (const name of Object.keys(typed) as Mode[]) typed[name] = suggestions.own[name][0] ?? "";
  ids.value = typed[mode()];
  current = mode();
  showMode();
}

/** Makes the form work; `search` is called whenever it is sent. */
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
    // Enter sends, as in a line; ids are parted by anything else.
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

/** Drops what narrows a search: status and dates. */
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
  // Case Summary knows no such conditions.
  byId("status-group", HTMLFieldSetElement).hidden = current === "case";
  byId("dates-group", HTMLFieldSetElement).hidden = current === "case";
  chips.replaceChildren(
    ...suggestions.own[current].map((id) => button(id, () => toggle(id), { class: "chip", "data-id": id })),
    ...(suggestions.foreign ? [foreignChip(suggestions.foreign[current])] : []),
  );
  pressChips();
  showProblems([]);
}

/** Somebody else's id. It is asked for by itself: beside others it would have all of them refused. */
function foreignChip(id: string): HTMLButtonElement {
  const ask = () => {
    ids.value = id;
    pressChips();
    form.requestSubmit();
  };
  const chip = button(id, ask, { class: "chip foreign", "data-id": id });
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

/** Dates that are half typed have no value: no check could see them. */
export function halfTyped(): Problem[] {
  const inputs = { date_created_from: from, date_created_to: to };
  const half = Object.entries(inputs).filter(([, input]) => input.validity.badInput && mode() !== "case");
  return half.map(([field]) => ({
    field,
    // Of this page's own: the error table's advice is about the form in which dates are sent.
    code: "HALF_TYPED",
    expected: "a whole date, or none",
    value: "",
    message: `${field}: expected a whole date, or none`,
  }));
}

/** Shows each problem at its field and all of them together, and takes the reader to the first. */
export function showProblems(problems: readonly Problem[]): void {
  for (const { input, problem, hint } of Object.values(PLACES)) {
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
    const place = PLACES[problem.field];
    if (!place) {
      lines.push(el("li", {}, problem.message));
      continue;
    }
    first ??= place.input;
    place.input.setAttribute("aria-invalid", "true");
    place.input.setAttribute("aria-describedby", `${place.problem.id} ${place.hint}`);
    place.problem.hidden = false;
    place.problem.append(el("span", {}, sentence(problem)));
    const link = el("a", { href: `#${place.input.id}` }, place.label());
    link.addEventListener("click", (event) => {
      // The address bar is for cases.
      event.preventDefault();
      place.input.focus();
    });
    lines.push(el("li", {}, link, `: ${sentence(problem)}`));
  }
  const heading = `Nothing was sent: ${counted(problems.length, "thing")} to correct`;
  summary.append(el("div", { class: "problems" }, el("p", {}, heading), el("ul", {}, ...lines)));
  first?.focus();
}

/** In the reader's words: a wrong id is named, for the rest the error table has a sentence. */
function sentence({ code, expected, value, index }: Problem): string {
  if (index !== undefined) return `“${String(value)}” is not right: expected ${expected}.`;
  return explainError(code)[0]?.advice ?? `Expected ${expected}.`;
}
