// The script of the page.

import { show } from "../../shared/page.js";
import { CaseClient, isCaseApiError } from "cisco-support-case";

show({ CaseClient, isCaseApiError });
