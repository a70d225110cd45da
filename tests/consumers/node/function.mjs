// A program without features that CommonJS lacks, such as a cloud function.

import { print } from "../shared/terminal.js";
import { CaseClient, isCaseApiError } from "cisco-support-case";

print({ CaseClient, isCaseApiError });
