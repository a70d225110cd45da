// Builders of the rows: a name, a request and the expected response.

import { list, tokens } from "./harness.mjs";

/**
 * Builds a row: its name, the request and the expected response. The request is a function, since ids and tokens are
 * created before it.
 */
export const row = (name, request, status, code, more = {}) => ({ name, request, expect: { status, code, ...more } });
/** A row for the target of an authenticated request. */
export const targetRow = (name, path, status, code, more) => row(name, () => ({ target: path() }), status, code, more);
/** A row for an HTTP method that is not allowed. */
export const methodRow = (name, request, more) =>
  row(name, () => ({ target: list(), ...request }), 405, "METHOD_NOT_ALLOWED", more);
/** A row for additional headers of an authenticated request. */
export const headersRow = (name, given, status, code, more) =>
  row(name, () => ({ target: list(), headers: [...given()] }), status, code, more);
/** A row for an `Authorization` header. */
export const authorizationRow = (name, authorization, code = "IDENTITY_INVALID") =>
  row(
    name,
    () => ({
      target: list(),
      isAnonymous: true,
      headers: [].concat(authorization()).map((value) => ["Authorization", value]),
    }),
    401,
    code,
  );
export const tokenRow = (name, which, code) => authorizationRow(name, () => `Bearer ${tokens[which]}`, code);
/** A row for the origin of a page. */
export const originRow = (name, origin, more = {}) =>
  row(name, () => ({ target: list(), headers: [["Origin", origin]], ...more }), 403, "ORIGIN_NOT_ALLOWED", {
    // A header with that value names no single origin.
    origin: /[*, ]/.test(origin) ? undefined : origin,
  });
/** A row for a request that workerd itself rejects before it reaches the Worker. */
export const rawRow = (name, text, status = 400) =>
  row(name, () => ({ text: text() }), status, undefined, { by: "workerd" });
