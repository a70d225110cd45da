// Cases in brief, with the wire's quirks (www/guide/service.md#responses): a severity is text, item_entry_id is a
// number, a missing value is an empty text, `null` or no key.

import { FAMILY, GIVEN, PLACES, PRODUCTS, STATUSES, SYMPTOMS, TECHNOLOGIES } from "./words.mjs";

/** A date in the service's format, in the ten years before the end of 2026. */
export function date(from, seconds = from.below(315_360_000)) {
  return new Date(Date.UTC(2016, 11, 31) + seconds * 1000).toISOString();
}

/** The owners of the cases: ten contracts and about twenty users. */
export function customer(from) {
  const contracts = Array.from({ length: 10 }, () => from.digits(7).replace(/^0/, "9"));
  const users = Array.from({ length: 20 }, (_, index) => ({
    user_id: `synthuser${index + 1}`,
    contact_name: `${from.pick(GIVEN)} ${from.pick(FAMILY)}`.toUpperCase(),
  }));
  return { contracts, users };
}

export function title(from) {
  const parts = [from.pick(PRODUCTS), from.pick(SYMPTOMS), from.pick(PLACES)];
  if (from.chance(0.75)) parts.push(`${from.pick(SYMPTOMS)} since ${from.pick(["Monday", "the upgrade", "reload"])}`);
  return parts.join(" : ");
}

export const serialNumber = (from) => `F${from.pick("CDOH".split(""))}${from.digits(4)}X${from.digits(3)}`;

export const rmas = (from) => (from.chance(0.08) ? [`800${from.digits(6)}`] : []);

export function bugs(from) {
  const bug = () => `CSC${from.pick(["vx", "wd", "vt", "wb"])}${from.digits(5)}`;
  return from.chance(0.12) ? Array.from({ length: from.between(1, 2) }, bug) : [];
}

/** A case in the form of a list; with technology names in the form of a summary. */
export function caseRecord(from, { contracts, users }, index, { technology = false } = {}) {
  const { user_id, contact_name } = from.pick(users);
  const open = from.chance(0.3);
  const created = from.below(300_000_000);
  const [technology_name, sub_technology_name] = from.pick(TECHNOLOGIES);
  return {
    item_entry_id: index + 1,
    user_id,
    case_id: `6${from.digits(8)}`,
    title: title(from),
    severity: String(from.pick([1, 2, 3, 3, 3, 4])),
    contact_name,
    status_flag: open ? "O" : "C",
    status: open ? from.pick(STATUSES.filter((status) => status !== "Closed")) : "Closed",
    creation_date: date(from, created),
    updated_date: date(from, created + from.below(15_000_000)),
    serial_number: from.chance(0.85) ? serialNumber(from) : "",
    contract_id: from.pick(contracts),
    ...(technology && { technology_name, sub_technology_name }),
    rmas: rmas(from),
    bugs: bugs(from),
  };
}
