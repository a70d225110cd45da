// typebox, compiled. The documented setting parses and throws; the fastest only checks, with hand-written formats.

import Type from "typebox";
import { Compile } from "typebox/compile";
import Format from "typebox/format";
import { isDateTime, isWireDate } from "./date-time.mjs";
import { orThrow, schemas, settings } from "./documents.mjs";

Format.Set("by-hand", isDateTime);
Format.Set("by-hand-or-empty", isWireDate);

const whole = () => Type.Integer({ minimum: 0 });
const oneOf = (...values) => Type.Union(values.map((value) => Type.Literal(value)));

const KINDS = {
  text: ({ max }) => Type.String(max ? { maxLength: max } : {}),
  severity: () => oneOf("1", "2", "3", "4", 1, 2, 3, 4),
  list: () => Type.Array(Type.String()),
  count: whole,
  required: whole,
  notes: (_, note) => Type.Array(note),
};

const PRESENCE = {
  needed: (schema) => schema,
  optional: (schema) => Type.Optional(schema),
  missable: (schema) => Type.Optional(Type.Union([schema, Type.Null()])),
};

function build(format, rules) {
  const flag = rules.tolerant ? oneOf("O", "C", "") : oneOf("O", "C");
  const kinds = { ...KINDS, date: () => Type.String({ format }), flag: () => flag };
  const field = (what, presence, note) => PRESENCE[presence](kinds[what.kind](what, note));
  const built = schemas({ field, object: (members) => Type.Object(members), list: Type.Array, count: whole() }, rules);
  return Object.fromEntries(Object.entries(built).map(([kind, schema]) => [kind, Compile(schema)]));
}

const parser = (built) => (kind) => {
  const validator = built[kind];
  return (value) => validator.Parse(value);
};
const checker = (built) => (kind) => {
  const validator = built[kind];
  return orThrow((value) => validator.Check(value));
};

export const typebox = settings("typebox", true, {
  documented: (rules) => parser(build("date-time", rules)),
  fastest: (rules) => checker(build("by-hand", rules)),
  tolerant: (rules) => checker(build("by-hand-or-empty", rules)),
});
