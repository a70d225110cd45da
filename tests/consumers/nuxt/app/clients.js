// Clients at module level, as applications have them: made where a server renders as well, whatever it lacks.

import "../../shared/program.js";
import { CaseClient } from "cisco-support-case";

export const ofThePage = new CaseClient({ baseUrl: "/api/case", token: "synthetic" });

/** A variable of the environment that is not set. */
const unset = undefined;
export const ofTheService =
  typeof document === "undefined" ? new CaseClient({ credentials: { clientId: unset, clientSecret: "" } }) : undefined;
