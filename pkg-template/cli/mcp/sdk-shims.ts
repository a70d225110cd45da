// What the SDK imports of its runtime, in place of its own file, which brings a validator of all of JSON Schema (Ajv). The tools'
// schemas are checked by `tool-schema.ts`, and the server asks its clients nothing whose answer would need one.

export { default as process } from "node:process";

/** The validator that the SDK creates where none is given. */
export class DefaultJsonSchemaValidator {
  getValidator(): never {
    throw new Error("this server asks for no input");
  }
}
