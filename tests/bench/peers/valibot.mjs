// valibot. Its own check of timestamps is a pattern that accepts 30 February.

import * as v from "valibot";
import { isDateTime, isWireDate } from "./date-time.mjs";
import { orThrow, schemas, settings } from "./documents.mjs";

const whole = () => v.pipe(v.number(), v.integer(), v.minValue(0));

const KINDS = {
  text: ({ max }) => (max ? v.pipe(v.string(), v.maxLength(max)) : v.string()),
  severity: () => v.picklist(["1", "2", "3", "4", 1, 2, 3, 4]),
  list: () => v.array(v.string()),
  count: whole,
  required: whole,
  notes: (_, note) => v.array(note),
};

const PRESENCE = {
  needed: (schema) => schema,
  optional: (schema) => v.optional(schema),
  missable: (schema) => v.nullish(schema),
};

function build(date, rules) {
  const flag = v.picklist(rules.tolerant ? ["O", "C", ""] : ["O", "C"]);
  const kinds = { ...KINDS, date: () => date, flag: () => flag };
  const field = (what, presence, note) => PRESENCE[presence](kinds[what.kind](what, note));
  return schemas({ field, object: v.object, list: v.array, count: whole() }, rules);
}

const parser = (built) => (kind) => {
  const schema = built[kind];
  return (value) => v.parse(schema, value);
};
const checker = (built) => (kind) => {
  const schema = built[kind];
  return orThrow((value) => v.is(schema, value));
};

export const valibot = settings("valibot", false, {
  documented: (rules) => parser(build(v.pipe(v.string(), v.isoTimestamp()), rules)),
  fastest: (rules) => checker(build(v.pipe(v.string(), v.check(isDateTime)), rules)),
  tolerant: (rules) => checker(build(v.pipe(v.string(), v.check(isWireDate)), rules)),
});
