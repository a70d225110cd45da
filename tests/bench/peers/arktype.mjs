// arktype. In the documented setting a type is called and returns the value or its errors; in the fastest it only
// accepts or rejects. Its own check of dates accepts 30 February.

import { type } from "arktype";
import { isDateTime, isWireDate } from "./date-time.mjs";
import { orThrow, schemas, settings } from "./documents.mjs";

const whole = () => type("number.integer >= 0");

const KINDS = {
  text: ({ max }) => type(max ? `string <= ${max}` : "string"),
  severity: () => type("'1' | '2' | '3' | '4' | 1 | 2 | 3 | 4"),
  list: () => type("string[]"),
  count: whole,
  required: whole,
  notes: (_, note) => note.array(),
};

const PRESENCE = {
  needed: (schema) => schema,
  optional: (schema) => [schema, "?"],
  missable: (schema) => [schema.or("null"), "?"],
};

function build(date, rules) {
  const flag = type(rules.tolerant ? "'O' | 'C' | ''" : "'O' | 'C'");
  const kinds = { ...KINDS, date: () => date, flag: () => flag };
  const field = (what, presence, note) => PRESENCE[presence](kinds[what.kind](what, note));
  return schemas({ field, object: type, list: (item) => item.array(), count: whole() }, rules);
}

const parser = (built) => (kind) => {
  const schema = built[kind];
  return (value) => {
    const out = schema(value);
    if (out instanceof type.errors) throw new TypeError(out.summary);
    return out;
  };
};
const checker = (built) => (kind) => {
  const schema = built[kind];
  return orThrow((value) => schema.allows(value));
};

export const arktype = settings("arktype", false, {
  documented: (rules) => parser(build(type("string.date.iso"), rules)),
  fastest: (rules) => checker(build(type("string").narrow(isDateTime), rules)),
  tolerant: (rules) => checker(build(type("string").narrow(isWireDate), rules)),
});
