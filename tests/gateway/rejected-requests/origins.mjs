// Origins of pages, and preflights.

import { contracts, foreign, list, PORTAL } from "./harness.mjs";
import { headersRow, originRow, row } from "./rows.mjs";

export const ORIGINS = [
  originRow("The origin null", "null"),
  originRow("A host that ends with the allowed one", "https://evilportal.example"),
  originRow("A subdomain of the allowed host", "https://x.portal.example"),
  originRow("A host that starts with the allowed one", "https://portal.example.evil.example"),
  originRow("The allowed host with another character in place of the dot", "https://portalxexample"),
  originRow("http in place of https", "http://portal.example"),
  originRow("Another port", "https://portal.example:8443"),
  originRow("An explicit default port", "https://portal.example:443"),
  originRow("Another port of localhost", "http://localhost:5174"),
  originRow("A host in upper case", "https://PORTAL.example"),
  originRow("A trailing dot", "https://portal.example."),
  originRow("An origin with a trailing slash", "https://portal.example/"),
  originRow("User info before the host", "https://portal.example@evil.example"),
  originRow("Two origins", "https://portal.example, https://evil.example"),
  originRow("Two origins separated by a space", "https://portal.example https://evil.example"),
  originRow("A star", "*"),
  originRow("An extension", "chrome-extension://abcdefghijklmnop"),
  originRow("A file", "file://"),
  originRow("A foreign origin without a token", "https://evil.example", { isAnonymous: true }),
  originRow("A preflight for DELETE of a foreign origin", "https://evil.example", {
    isAnonymous: true,
    method: "OPTIONS",
    headers: [
      ["Origin", "https://evil.example"],
      ["Access-Control-Request-Method", "DELETE"],
    ],
  }),
  row(
    "A preflight for DELETE of an allowed origin",
    () => ({
      target: list(),
      isAnonymous: true,
      method: "OPTIONS",
      headers: [
        ["Origin", PORTAL],
        ["Access-Control-Request-Method", "DELETE"],
      ],
    }),
    405,
    "METHOD_NOT_ALLOWED",
    { origin: PORTAL },
  ),
  row(
    "A preflight for POST of an allowed origin",
    () => ({
      target: list(),
      isAnonymous: true,
      method: "OPTIONS",
      headers: [
        ["Origin", PORTAL],
        ["Access-Control-Request-Method", "POST"],
      ],
    }),
    405,
    "METHOD_NOT_ALLOWED",
    { origin: PORTAL },
  ),
  row(
    "A preflight outside the prefix",
    () => ({
      target: "/admin",
      isAnonymous: true,
      method: "OPTIONS",
      headers: [
        ["Origin", PORTAL],
        ["Access-Control-Request-Method", "GET"],
      ],
    }),
    404,
    "NO_SUCH_ROUTE",
    { origin: PORTAL },
  ),
  headersRow(
    "A forbidden id, requested by an allowed origin",
    () => [
      ["Origin", PORTAL],
      ["Cookie", "session=1"],
    ],
    403,
    "NOT_PERMITTED",
    { origin: PORTAL, path: () => contracts(foreign.contract_ids[0]) },
  ),
];
