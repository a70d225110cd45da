// A program for Deno.

import { print } from "../shared/terminal.js";
import { CaseClient, isCaseApiError } from "cisco-support-case";

await print({ CaseClient, isCaseApiError });
