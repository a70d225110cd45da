// The client of the server. All requests share its rate limit and token.

import { CaseClient } from "cisco-support-case";

const { CISCO_CLIENT_ID, CISCO_CLIENT_SECRET, CASE_API, CASE_TOKEN_URL } = process.env;

export const cases = new CaseClient({
  baseUrl: CASE_API,
  credentials: { clientId: CISCO_CLIENT_ID, clientSecret: CISCO_CLIENT_SECRET, tokenUrl: CASE_TOKEN_URL },
});
