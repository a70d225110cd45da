// The schemas of tools, in the part of JSON Schema that every client accepts, and the check of values by them.
//
// Clients send numbers, lists and objects as text, one value instead of a list, and null instead of nothing. Arguments are
// converted where the schema leaves no doubt; texts stay texts, so that an id keeps its zeros.

import type { StandardSchemaWithJSON } from "@modelcontextprotocol/server";

/** A schema: one type, and no references, combinators and formats. */
export interface ToolSchema {
  readonly type: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly description?: string;
  readonly properties?: ToolProperties;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: ToolSchema;
  readonly enum?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

/** The schemas of an object's members. */
export type ToolProperties = Readonly<Record<string, ToolSchema>>;

/** Returns the schema of an object without further members. */
export function objectSchema(
  properties: ToolProperties,
  required: readonly string[] = [],
  description = "",
): ToolSchema {
  return {
    type: "object",
    ...(description && { description }),
    properties,
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

/** Returns the schema of a list. */
export const listSchema = (items: ToolSchema, description: string, maxItems?: number): ToolSchema => ({
  type: "array",
  description,
  items,
  ...(maxItems !== undefined && { maxItems }),
});

/** Returns a schema of one of the simple types. */
export const simpleSchema = (
  type: "string" | "integer" | "number" | "boolean",
  description: string,
  rest: Partial<ToolSchema> = {},
): ToolSchema => ({ type, description, ...rest });

/** A problem of a value. The SDK would write a path before the message, which has it already. */
interface ValueProblem {
  readonly message: string;
}

/** Wraps a schema for the SDK. Arguments are converted, results are only checked. */
export function standardSchema<T>(schema: ToolSchema, side: "arguments" | "result"): StandardSchemaWithJSON<T, T> {
  const json = () => schema as unknown as Record<string, unknown>;
  return {
    "~standard": {
      version: 1,
      vendor: "cisco-support-case",
      validate: (value: unknown) => {
        const problems: ValueProblem[] = [];
        const checked = checkValue(schema, value, [], side === "arguments", problems);
        return problems.length > 0 ? { issues: problems } : { value: checked as T };
      },
      jsonSchema: { input: json, output: json },
    },
  };
}

type Path = readonly (string | number)[];

/** Checks a value and returns it, converted if that is wanted. */
function checkValue(
  schema: ToolSchema,
  given: unknown,
  path: Path,
  converts: boolean,
  problems: ValueProblem[],
): unknown {
  const value = converts ? convert(schema, given) : given;
  const fail = (expected: string) => {
    const name = path.length > 0 ? pathText(path) : "arguments";
    problems.push({ message: `${name}: expected ${expected}, got ${shortText(given)}` });
    return value;
  };
  switch (schema.type) {
    case "string":
      if (typeof value !== "string") return fail("a text");
      if (schema.maxLength !== undefined && value.length > schema.maxLength) {
        return fail(`at most ${schema.maxLength} characters`);
      }
      break;
    case "boolean":
      return typeof value === "boolean" ? value : fail("true or false");
    case "integer":
    case "number": {
      if (typeof value !== "number" || !Number.isFinite(value)) return fail("a number");
      if (schema.type === "integer" && !Number.isInteger(value)) return fail("a whole number");
      const { minimum = -Infinity, maximum = Infinity } = schema;
      if (value < minimum) return fail(`a number of at least ${minimum}`);
      if (value > maximum) return fail(`a number of at most ${maximum}`);
      break;
    }
    case "array": {
      if (!Array.isArray(value)) return fail("a list");
      if (schema.maxItems !== undefined && value.length > schema.maxItems)
        return fail(`at most ${schema.maxItems} values`);
      const { items } = schema;
      return items ? value.map((item, index) => checkValue(items, item, [...path, index], converts, problems)) : value;
    }
    case "object":
      return isObject(value) ? checkMembers(schema, value, path, converts, problems) : fail("an object");
  }
  if (schema.enum && !schema.enum.includes(value as string)) return fail(`one of ${schema.enum.join(", ")}`);
  return value;
}

function checkMembers(
  { properties = {}, required = [], additionalProperties }: ToolSchema,
  value: Record<string, unknown>,
  path: Path,
  converts: boolean,
  problems: ValueProblem[],
): Record<string, unknown> {
  const checked: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    // As good as nothing for clients that send every member.
    if (member === undefined || (member === null && converts)) continue;
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (schema) checked[name] = checkValue(schema, member, [...path, name], converts, problems);
    else if (additionalProperties === false) {
      const known = Object.keys(properties).join(", ") || "no members";
      problems.push({ message: `${pathText([...path, name])}: expected one of ${known}` });
    } else checked[name] = member;
  }
  for (const name of required) {
    if (checked[name] === undefined) {
      problems.push({ message: `${pathText([...path, name])}: missing` });
    }
  }
  return checked;
}

/** Converts what a client sent as text, or as one value instead of a list. */
function convert(schema: ToolSchema, value: unknown): unknown {
  switch (schema.type) {
    case "string":
      return typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
    case "boolean":
      return value === "true" ? true : value === "false" ? false : value;
    case "integer":
    case "number":
      return typeof value === "string" && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
    case "array": {
      const parsed = typeof value === "string" && /^\s*\[/.test(value) ? parsedOr(value) : value;
      return Array.isArray(parsed) || isObject(parsed) !== (schema.items?.type === "object") ? parsed : [parsed];
    }
    case "object":
      return typeof value === "string" && /^\s*\{/.test(value) ? parsedOr(value) : value;
  }
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const pathText = (path: Path) =>
  path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text ? `${text}.${part}` : part),
    "",
  );

function shortText(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
