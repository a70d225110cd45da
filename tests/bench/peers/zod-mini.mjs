// zod 4's small interface: the same engine, methods as functions.

import * as z from "zod/mini";
import { isDateTime, isWireDate } from "./date-time.mjs";
import { schemas, settings } from "./documents.mjs";

const whole = () => z.int().check(z.nonnegative());

const KINDS = {
  text: ({ max }) => (max ? z.string().check(z.maxLength(max)) : z.string()),
  severity: () => z.literal(["1", "2", "3", "4", 1, 2, 3, 4]),
  list: () => z.array(z.string()),
  count: whole,
  required: whole,
  notes: (_, note) => z.array(note),
};

const PRESENCE = { needed: (schema) => schema, optional: z.optional, missable: z.nullish };

function build(date, rules) {
  const flag = rules.tolerant ? z.enum(["O", "C", ""]) : z.enum(["O", "C"]);
  const kinds = { ...KINDS, date: () => date, flag: () => flag };
  const field = (what, presence, note) => PRESENCE[presence](kinds[what.kind](what, note));
  const built = schemas({ field, object: z.object, list: z.array, count: whole() }, rules);
  return (kind) => {
    const schema = built[kind];
    return (value) => z.parse(schema, value);
  };
}

export const zodMini = settings("zod mini", true, {
  documented: (rules) => build(z.iso.datetime({ offset: true }), rules),
  fastest: (rules) => build(z.string().check(z.refine(isDateTime)), rules),
  tolerant: (rules) => build(z.string().check(z.refine(isWireDate)), rules),
});
