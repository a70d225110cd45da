// The description of any value as text and members, which can be sent to a page and shown there.

import type { Described } from "./messages.js";

/** The depth and the number of members to which a value is described. */
const MAX_DEPTH = 5;
const MAX_ENTRIES = 200;

/** Describes a value to a limited depth. */
export function describe(value: unknown, depth = 0): Described {
  if (typeof value === "string" && depth > 0) return { type: "text", text: JSON.stringify(value) };
  if (typeof value === "function") return { type: "text", text: `ƒ ${value.name}()` };
  if (typeof value !== "object" || value === null) return { type: "text", text: String(value) };
  if (value instanceof Date) return { type: "text", text: value.toISOString() };
  if (ArrayBuffer.isView(value)) return { type: "text", text: `${value.constructor.name}(${value.byteLength} bytes)` };
  const { label, members } = membersOf(value);
  if (depth === MAX_DEPTH) return { type: "text", text: `${label} …` };
  const entries = members
    .slice(0, MAX_ENTRIES)
    .map(([name, member]): [string, Described] => [name, describe(member, depth + 1)]);
  return { type: "object", label, entries, left: members.length - entries.length };
}

/** An object's name and its members. */
function membersOf(value: object): { label: string; members: [string, unknown][] } {
  if (value instanceof Error) {
    const { name, message } = value;
    return {
      label: `${name}: ${message}`,
      members: Object.entries("toJSON" in value ? JSON.parse(JSON.stringify(value)) : value),
    };
  }
  if (value instanceof Map) {
    return { label: `Map(${value.size})`, members: [...value].map(([key, member]) => [String(key), member]) };
  }
  if (value instanceof Set) {
    return { label: `Set(${value.size})`, members: [...value].map((member, at) => [String(at), member]) };
  }
  const members = Object.entries(value);
  return { label: Array.isArray(value) ? `Array(${value.length})` : `{${members.length}}`, members };
}
