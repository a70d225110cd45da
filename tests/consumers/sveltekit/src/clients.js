// Clients at module level, as in applications: a rendering server creates them too, without browser features.

import "../../shared/program.js";
import { CaseClient } from "cisco-support-case";

export const ofThePage = new CaseClient({ baseUrl: "/api/case", token: "synthetic" });

/** An environment variable that is not set. */
const unset = undefined;
export const ofTheService =
  typeof document === "undefined" ? new CaseClient({ credentials: { clientId: unset, clientSecret: "" } }) : undefined;
