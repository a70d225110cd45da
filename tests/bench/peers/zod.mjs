// zod 4. Compilation of objects to functions ("jitless" off) is its default: all settings have it.

import * as z from "zod";
import { isDateTime, isWireDate } from "./date-time.mjs";
import { schemas, settings } from "./documents.mjs";

const KINDS = {
  text: ({ max }) => (max ? z.string().max(max) : z.string()),
  severity: () => z.literal(["1", "2", "3", "4", 1, 2, 3, 4]),
  list: () => z.array(z.string()),
  count: () => z.int().nonnegative(),
  required: () => z.int().nonnegative(),
  notes: (_, note) => z.array(note),
};

const PRESENCE = {
  needed: (schema) => schema,
  optional: (schema) => schema.optional(),
  missable: (schema) => schema.nullish(),
};

function build(date, rules) {
  const flag = rules.tolerant ? z.enum(["O", "C", ""]) : z.enum(["O", "C"]);
  const kinds = { ...KINDS, date: () => date, flag: () => flag };
  const field = (what, presence, note) => PRESENCE[presence](kinds[what.kind](what, note));
  const built = schemas({ field, object: z.object, list: z.array, count: z.int().nonnegative() }, rules);
  return (kind) => {
    const schema = built[kind];
    return (value) => schema.parse(value);
  };
}

export const zod = settings("zod", true, {
  documented: (rules) => build(z.iso.datetime({ offset: true }), rules),
  fastest: (rules) => build(z.string().refine(isDateTime), rules),
  tolerant: (rules) => build(z.string().refine(isWireDate), rules),
});
