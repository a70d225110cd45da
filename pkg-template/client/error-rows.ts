// The rows of all errors as a page loads them, with what to do by the tool that it was built by.

import { CLIENT_ERRORS as OF_CLIENTS, ERROR_TABLE, GATEWAY_ERRORS } from "../generated/error-rows.js";
import { withLoadHints } from "./load-hints.js";

export const { CLIENT_ERRORS } = withLoadHints({ CLIENT_ERRORS: OF_CLIENTS, ERROR_TABLE, GATEWAY_ERRORS });
export { ERROR_TABLE, GATEWAY_ERRORS };
