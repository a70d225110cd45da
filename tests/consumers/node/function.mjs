// A program without anything that CommonJS does not have, such as a function in a cloud.

import { print } from "../shared/terminal.js";
import { CaseClient, isCaseApiError } from "cisco-support-case";

print({ CaseClient, isCaseApiError });
