// The values of a facet in the conditions of a view.

import type { Conditions, ListField, View } from "../app/view.js";
import { omit } from "./conditions.js";

/** The state of a value in the conditions of a view. */
export type ValueState = "included" | "excluded" | "none";

/** Returns the state of a value. */
export function stateOf(view: View, field: ListField, value: string): ValueState {
  if (view.where[field]?.includes(value)) return "included";
  return view.not[field]?.includes(value) ? "excluded" : "none";
}

/** Returns the view in which a value has another state. */
export function withValue(view: View, field: ListField, value: string, state: ValueState): View {
  const change = (conditions: Conditions, isIn: boolean): Conditions => {
    const others = (conditions[field] ?? []).filter((one) => one !== value);
    const values = isIn ? [...others, value].sort() : others;
    return values.length > 0 ? { ...conditions, [field]: values } : omit(conditions, field);
  };
  return {
    ...view,
    where: change(view.where, state === "included"),
    not: change(view.not, state === "excluded"),
  };
}

/** Returns the view whose only value of a field is this one. */
export const withOnly = (view: View, field: ListField, value: string): View => ({
  ...view,
  where: { ...view.where, [field]: [value] },
  not: omit(view.not, field),
});
