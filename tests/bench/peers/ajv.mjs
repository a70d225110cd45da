// ajv, compiled. Its fastest setting counts UTF-16 units instead of the code points of the service's lengths, and has a
// hand-written date-time format.

import { Ajv } from "ajv";
import formats from "ajv-formats";
import { isDateTime, isWireDate } from "./date-time.mjs";
import { orThrow, schemas, settings } from "./documents.mjs";

// CommonJS default exports differ between bundlers and Node.
const addFormats = formats.default ?? formats;

const whole = { type: "integer", minimum: 0 };
const list = (items) => ({ type: "array", items });

const KINDS = {
  text: ({ max }) => (max ? { type: "string", maxLength: max } : { type: "string" }),
  severity: () => ({ enum: ["1", "2", "3", "4", 1, 2, 3, 4] }),
  date: () => ({ type: "string", format: "date-time" }),
  list: () => list({ type: "string" }),
  count: () => whole,
  required: () => whole,
  notes: (_, note) => list(note),
};

function build(ajv, rules) {
  const flag = rules.tolerant ? ["O", "C", "", null] : ["O", "C"];
  const kinds = { ...KINDS, flag: () => ({ enum: flag }) };
  const field = (what, presence, note) => {
    const schema = kinds[what.kind](what, note);
    return {
      schema: presence === "missable" && !schema.enum ? { ...schema, nullable: true } : schema,
      presence,
    };
  };
  const object = (members) => {
    const entries = Object.entries(members);
    return {
      type: "object",
      // A member is a field with its presence, or a schema that is required.
      properties: Object.fromEntries(entries.map(([name, member]) => [name, member.schema ?? member])),
      required: entries.filter(([, { presence = "needed" }]) => presence === "needed").map(([name]) => name),
    };
  };
  const built = schemas({ field, object, list, count: whole }, rules);
  const checks = Object.fromEntries(Object.entries(built).map(([kind, schema]) => [kind, ajv.compile(schema)]));
  return (kind) => orThrow(checks[kind]);
}

const byHand = (isDate) => new Ajv({ unicode: false, logger: false, formats: { "date-time": isDate } });

export const ajv = settings("ajv", true, {
  documented: (rules) => build(addFormats(new Ajv()), rules),
  fastest: (rules) => build(byHand(isDateTime), rules),
  tolerant: (rules) => build(byHand(isWireDate), rules),
});
