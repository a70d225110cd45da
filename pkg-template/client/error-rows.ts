// The error tables that a page loads with its first error, with hints for the tool that built the page.

import { CLIENT_ERRORS as OF_CLIENTS, ERROR_TABLE, GATEWAY_ERRORS } from "../generated/error-rows.js";
import { withLoadHints } from "./load-hints.js";

export const { CLIENT_ERRORS } = withLoadHints({ CLIENT_ERRORS: OF_CLIENTS, ERROR_TABLE, GATEWAY_ERRORS });
export { ERROR_TABLE, GATEWAY_ERRORS };
