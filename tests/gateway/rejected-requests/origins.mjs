// Origins of pages, and preflights.

import { contracts, foreign, list, PORTAL } from "./harness.mjs";
import { headersRow, originRow, row } from "./rows.mjs";

export const ORIGINS = [
  originRow("The origin null", "null"),
  originRow("A host that ends as the allowed one", "https://evilportal.example"),
  originRow("A host below the allowed one", "https://x.portal.example"),
  originRow("A host that begins as the allowed one", "https://portal.example.evil.example"),
  originRow("The allowed host with another word for a dot", "https://portalxexample"),
  originRow("http in place of https", "http://portal.example"),
  originRow("Another port", "https://portal.example:8443"),
  originRow("The default port, which no browser writes", "https://portal.example:443"),
  originRow("Another port of localhost", "http://localhost:5174"),
  originRow("Upper case, which no browser writes", "https://PORTAL.example"),
  originRow("A dot at the end", "https://portal.example."),
  originRow("An origin with a slash at the end", "https://portal.example/"),
  originRow("A user before the host", "https://portal.example@evil.example"),
  originRow("Two origins", "https://portal.example, https://evil.example"),
  originRow("Two origins with a space between", "https://portal.example https://evil.example"),
  originRow("A star", "*"),
  originRow("An extension", "chrome-extension://abcdefghijklmnop"),
  originRow("A file", "file://"),
  originRow("A foreign page without a sign-in", "https://evil.example", { isAnonymous: true }),
  originRow("A foreign page's preflight for DELETE", "https://evil.example", {
    isAnonymous: true,
    method: "OPTIONS",
    headers: [
      ["Origin", "https://evil.example"],
      ["Access-Control-Request-Method", "DELETE"],
    ],
  }),
  row(
    "A preflight for DELETE of an allowed page",
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
    "A preflight for POST of an allowed page",
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
    "An id beyond the permission, asked by an allowed page",
    () => [
      ["Origin", PORTAL],
      ["Cookie", "session=1"],
    ],
    403,
    "NOT_PERMITTED",
    { origin: PORTAL, path: () => contracts(foreign.contract_ids[0]) },
  ),
];
