// Random cases and queries for the property tests of the store, from seeds.

import { random } from "./harness.mjs";

const TITLES = [
  "Router reboots after upgrade",
  "BGP flaps on C9300-48P in Bärenfeld",
  "Straße 12: kein Strom",
  "İstanbul siteye erişim yok",
  "ΣΊΣΥΦΟΣ rolls back",
  "Ёлка и ёж в Демограде",
  "見本市場の障害",
  "ルーターがガーデンで停止",
  "서울 회선 장애",
  "Łódka Próbna / vManage 20.9",
  "e\u0301clair with combining marks",
  "P1!! 😀 users down @ Île-Exemple",
  "",
];
const WORDS = [
  "router",
  "bgp",
  "c9300",
  "48p",
  "c9300-48p",
  "strass",
  "ist",
  "σισυφος",
  "еж",
  "見本",
  "市",
  "ガ",
  "서울",
  "lod",
  "ecl",
  "20.9",
  "down",
  "678",
  "12",
];
const STATUSES = [
  "Cisco Pending",
  "Customer Pending",
  "Close Pending",
  "Closed",
  "Service Order Pending",
  "Waiting for Parts",
  "",
];
export const NOW = Date.parse("2026-06-10T23:59:59.999Z");
const DAY_MS = 86_400_000;

/** Creates a generator of cases and queries. */
export function generator(seed) {
  const next = random(seed);
  const below = (end) => Math.floor(next() * end);
  const pick = (items) => items[below(items.length)];
  const date = () => {
    if (below(20) === 0) return null;
    const day = NOW - below(60) * DAY_MS;
    return new Date(pick([day, day + 1, day - 1, day - below(DAY_MS)])).toISOString();
  };
  const ids = (prefix, count) => Array.from({ length: below(count) }, () => `${prefix}${10 + below(8)}`);

  /** A record of one of `ids` cases. */
  const record = (count) => {
    const status = pick(STATUSES);
    return {
      item_entry_id: null,
      user_id: pick(["user1", "user2", "Nutzer-ß", ""]),
      case_id: `6${String(12345600 + below(count))}`,
      title: pick(TITLES),
      severity: pick([1, 2, 3, 4, null]),
      contact_name: pick(["Ada Example", "Bo Testmann", ""]),
      status_flag: pick([status === "Closed" ? "C" : "O", ""]),
      status,
      creation_date: date(),
      updated_date: date(),
      serial_number: pick(["SBX1234A0B1", "SBX99-12", "0012E45", ""]),
      contract_id: pick(["1234567", "7654321", ""]),
      technology_name: pick(["Routing", "Switching", "", ""]),
      sub_technology_name: pick(["BGP", ""]),
      rmas: ids("8000", 3),
      bugs: ids("CSCza000", 3),
      extra: below(10) === 0 ? { crashinfo: "x", numbers: [1, { a: null }] } : {},
    };
  };

  const some = (items) => {
    const chosen = items.filter(() => below(3) === 0);
    return chosen.length > 0 ? chosen : [pick(items)];
  };
  const range = () => pick([{ min: below(30) }, { max: below(30) }, { min: below(10), max: 10 + below(30) }]);
  const interval = () => {
    const from = NOW - (20 + below(40)) * DAY_MS;
    return pick([
      { from: new Date(from).toISOString() },
      { from: new Date(from).toISOString(), to: new Date(from + 10 * DAY_MS).toISOString() },
    ]);
  };
  const MEMBERS = {
    status_flag: () => some(["O", "C", ""]),
    status: () => pick([some(STATUSES), pick(STATUSES)]),
    severity: () => pick([some([1, 2, 3, 4, null]), 2]),
    contract_id: () => some(["1234567", "7654321", "", "9"]),
    user_id: () => some(["user1", "Nutzer-ß", ""]),
    technology_name: () => some(["Routing", ""]),
    serial_number: () => some(["SBX99-12", ""]),
    case_id: () =>
      pick([`6${12345600 + below(40)}`, Array.from({ length: 1 + below(20) }, () => `6${12345600 + below(40)}`)]),
    bug: () => some(["CSCza00010", "CSCza00011", ""]),
    rma: () => some(["800012", ""]),
    created: interval,
    updated: interval,
    text: () => Array.from({ length: 1 + below(2) }, () => pick(WORDS)).join(" "),
    open_for_days: range,
    quiet_for_days: range,
    in_status_for_days: range,
  };
  const conditions = (most) => {
    const chosen = {};
    for (let n = below(most); n > 0; n -= 1) {
      const name = pick(Object.keys(MEMBERS));
      chosen[name] = MEMBERS[name]();
    }
    return chosen;
  };
  const KEYS = [
    "updated_date",
    "creation_date",
    "status_since",
    "severity",
    "status",
    "title",
    "case_id",
    "contract_id",
    "user_id",
    "technology_name",
  ];

  /** Returns a random query. */
  const query = () => {
    const where = conditions(4);
    const keys = where.text && below(3) === 0 ? ["text", ...KEYS] : KEYS;
    const sort = Array.from({ length: below(4) }, () => ({ by: pick(keys), order: pick(["asc", "desc"]) }));
    const distinct = sort.filter(({ by }, at) => sort.findIndex((other) => other.by === by) === at);
    return {
      where,
      ...(below(3) === 0 ? { not: conditions(3) } : {}),
      ...(distinct.length > 0 ? { sort: distinct } : {}),
      offset: pick([0, 0, below(20)]),
      limit: pick([50, 5, 0, 200]),
    };
  };
  return { below, pick, record, query };
}
