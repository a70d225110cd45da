// The rows of all errors as a page loads them, with what to do by the tool that it was built by.

import { CLIENT_ERRORS as OF_CLIENTS, ERROR_TABLE, GATEWAY_ERRORS } from "../generated/error-rows.js";
import { cured } from "./cures.js";

export const { CLIENT_ERRORS } = cured({ CLIENT_ERRORS: OF_CLIENTS, ERROR_TABLE, GATEWAY_ERRORS });
export { ERROR_TABLE, GATEWAY_ERRORS };
