// Options for TanStack Query, of any framework: plain objects with a stable key, a function that passes the query's signal
// on, and no retries of its own. Nothing is loaded by it: the calls are the client's that is handed in.

import { ownError } from "./errors.js";
import { json, membersOf, refuseOption } from "./handed-in.js";
import { PARAMS } from "./params.js";
import { LIMITS } from "./tables.js";

const PACKAGE = "cisco-support-case";

export const caseKeys = Object.freeze({
  all: Object.freeze([PACKAGE]),
  scope: (scope) => [PACKAGE, scopeOf({ scope })],
  summaries: (options) => keyOf("caseSummary", options),
  details: (case_id, options) => keyOf("caseDetails", options, case_id === undefined ? undefined : { case_id }),
  byContract: (options) => keyOf("casesByContract", options),
  byUser: (options) => keyOf("casesByUser", options),
});

export const caseSummaryOptions = (client, params, options) => one(client, "caseSummary", params, options);
export const caseDetailsOptions = (client, params, options) => one(client, "caseDetails", params, options);
export const casesByContractOptions = (client, params, options) => one(client, "casesByContract", params, options, plainPage);
export const casesByUserOptions = (client, params, options) => one(client, "casesByUser", params, options, plainPage);
export const casesByContractInfiniteOptions = (client, params, options) => every(client, "casesByContract", params, options);
export const casesByUserInfiniteOptions = (client, params, options) => every(client, "casesByUser", params, options);

function one(client, call, params, options, plain = (answer) => answer) {
  // A copy: what is changed afterwards is another request.
  const asked = JSON.parse(json(params));
  const how = callOptions(options);
  return {
    queryKey: keyOf(call, options, asked),
    queryFn: async ({ signal }) => plain(await client[call](asked, { ...how, signal })),
    // The client has done so already, and knows when it helps.
    retry: false,
  };
}

function every(client, call, params, options) {
  const asked = JSON.parse(json(params));
  const how = callOptions(options);
  // A page that was kept a while ago does not go with one of now: a case that moved between them would be in neither.
  const headers = withoutCaches(how.headers);
  const queryKey = [...keyOf(call, options, asked), "pages"];
  const { sort_by } = queryKey[3] ?? {};
  const { initialPageParam, next, above, arrange } = sort_by === "STATUS" ? UPWARDS : DOWNWARDS;
  return {
    queryKey,
    queryFn: async ({ pageParam, signal }) => {
      const page = await pageAt(pageParam, async (page_index) => {
        // What is no object is for the client to refuse.
        const given = isObject(asked) ? { ...asked, page_index: pageOf(asked, page_index) } : asked;
        return plainPage(await client[call](given, { ...how, headers, signal }));
      });
      return sort_by === "STATUS" ? page : { ...page, cases: [...page.cases].reverse() };
    },
    initialPageParam,
    getNextPageParam: (_last, pages, _param, params) => next(pages, params),
    getPreviousPageParam: (_first, pages, _param, params) => above(pages, params),
    select: arrange,
    retry: false,
  };
}

/** A list is read as a whole: which page comes is not the caller's to say. */
function pageOf({ page_index }, wanted) {
  if (known(["page", 1], page_index) === undefined) return wanted;
  return refuseOption("page_index", "no page_index, since every page is read", page_index);
}

// ---- Keys

/** A key: the same for two requests if and only if they are the same but for the order of their ids. */
function keyOf(call, options, params) {
  const key = [PACKAGE, scopeOf(options), call];
  return params === undefined ? key : [...key, normal(call, params)];
}

function scopeOf(options) {
  const { scope = "" } = optionsOf(options);
  return typeof scope === "string" ? scope : refuseOption("scope", "a text, such as the id of a tenant or of a user", scope);
}

/** What every call is given besides its parameters. */
function callOptions(options) {
  const { scope, ...how } = optionsOf(options);
  return how;
}

const optionsOf = (options = {}) => (isObject(options) ? options : refuseOption("options", "an object", options));
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Parameters as the client understands them: what says nothing is left out. What it will refuse stays as it is. */
function normal(call, params) {
  if (!isObject(params)) return params;
  const kept = Object.entries(params).map(([name, value]) => {
    const param = Object.hasOwn(PARAMS[call], name) ? PARAMS[call][name] : undefined;
    return [name, param ? known(param, value) : value];
  });
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One parameter: `undefined` where it says nothing, or what the service takes anyway. */
function known([kind, usual], value) {
  if (value === null || value === undefined) return undefined;
  if (kind === "ids") return Array.isArray(value) ? value.map(trimmed).sort(byText) : trimmed(value);
  const given = kind === "page" && typeof value === "number" ? String(value) : trimmed(value);
  if (given === "") return undefined;
  const meant = kind === "date" ? instant(given) : kind === "page" ? index(given) : given;
  return meant === usual ? undefined : meant;
}

/** Without what Rust takes for white space, which is Unicode's and not quite JavaScript's. */
const trimmed = (value) => (typeof value === "string" ? value.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "") : value);

function byText(a, b) {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function index(text) {
  const number = typeof text === "string" && /^[0-9]+$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= LIMITS.page_index ? number : text;
}

/** An instant by one text, whatever its offset from UTC and its fraction; what is none stays as it is. */
function instant(text) {
  const found = typeof text === "string" && /^(\d{4}-\d\d-\d\d)t(\d\d:\d\d:\d\d)(?:\.(\d+))?(?:z|([+-])(\d\d):(\d\d))$/i.exec(text);
  if (!found) return text;
  const [, date, time, fraction = "", sign, hours = "0", minutes = "0"] = found;
  const utc = `${date}T${time}.${fraction.padEnd(3, "0").slice(0, 3)}Z`;
  const ms = Date.parse(utc);
  // Some engines take the 30th of February for the 2nd of March.
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== utc || hours > 23 || minutes > 59) return text;
  const shift = (Number(hours) * 60 + Number(minutes)) * 60_000;
  const told = new Date(sign === "-" ? ms + shift : ms - shift).toISOString();
  return /^\d{4}-/.test(told) ? told : text;
}

// ---- Pages

/** A page without its two methods: they would be gone from what TanStack Query has merged, stored or sent. */
const plainPage = ({ pagination_response_record, cases, issues }) => ({ pagination_response_record, cases, issues });

/**
 * Which page a page parameter means: a number from 1 is its index; one below 0 is the list's last page, which had that index
 * (without the sign) when it was last heard of. A list that has become shorter is read on at its new end.
 */
async function pageAt(param, ask) {
  let wanted = Math.abs(param);
  for (let tries = 0; ; tries += 1) {
    const page = await ask(wanted);
    const { page_index, last_index } = page.pagination_response_record;
    const last = Math.max(last_index, 1);
    const isThere = wanted <= last;
    if (isThere && page_index !== wanted) {
      throw ownError("PAGE_MISMATCH", `(page ${wanted} was asked for, page ${page_index} came)`);
    }
    // What comes to the end faster than it is asked for is read afterwards.
    if (isThere && (param > 0 || wanted === last || tries >= TRIES)) return page;
    if (tries >= TRIES) throw ownError("LIST_NEVER_RESTS");
    wanted = last;
  }
}
const TRIES = 4;

function withoutCaches(headers) {
  const given = headers ?? {};
  // What is no object is for the client to refuse.
  if (!isObject(given)) return given;
  const members = membersOf(given);
  const says = Object.keys(members).some((name) => name.toLowerCase() === "cache-control");
  return says ? members : { ...members, "Cache-Control": "no-cache" };
}

/** A list sorted by status has no end that updates go to: from the first page to the last. */
const UPWARDS = {
  initialPageParam: 1,
  next: (pages) => {
    const { page_index, last_index } = pages.at(-1).pagination_response_record;
    return page_index < last_index ? page_index + 1 : null;
  },
  above: ([{ pagination_response_record }]) => (pagination_response_record.page_index > 1 ? pagination_response_record.page_index - 1 : null),
  arrange: (data) => ({ ...data, cases: distinct(data.pages) }),
};

/**
 * A list sorted by update: from its last page down to the first, and then its end again, in rounds. A case that is updated
 * while pages are read jumps to the end, and may never have been on a page that was read. The client iterates likewise
 * (`src/paging/reader.rs`); here what comes next is a function of the pages there are.
 */
const DOWNWARDS = {
  initialPageParam: -1,
  next: nextDown,
  // Only where `maxPages` has let go of the pages above.
  above: (pages, params) => {
    const { page_index, last_index } = pages[0].pagination_response_record;
    return params[0] > 0 && page_index < last_index ? page_index + 1 : null;
  },
  arrange: (data) => ({ ...data, cases: newestFirst(distinct(data.pages)) }),
};

/**
 * A case that was not touched since a round began was met by that round or one before, for reading downwards passes none. What
 * was touched is as new as the newest was by then, or newer. So a page that is the list's end, and reaches down to what is
 * older, has all of that at one instant, and with it nothing is missing. Where it takes more pages than one, the same holds for
 * the next round.
 */
function nextDown(pages, params) {
  const last = pages.at(-1);
  const { page_index, last_index } = last.pagination_response_record;
  const below = page_index > 1 ? page_index - 1 : null;
  /** Where the rounds begin, each at the end that the list had by then. */
  const begins = params.flatMap((param, at) => (param < 0 ? [at] : []));
  // The top has been let go of: there is nothing to hold the end against, which is read once more and no further.
  if (begins[0] !== 0) return begins.length > 0 ? null : below;
  const again = -Math.max(last_index, 1);
  const isOnePage = begins.at(-1) === pages.length - 1;
  const isWhole = isOnePage && page_index >= last_index;
  if (begins.length === 1) return below ?? (isWhole ? null : again);

  const before = begins.at(-2);
  // Many cases may be of one second: if nothing has come to the end since a round began that read all of them, that is all.
  if (isWhole && before > 0 && isSame(pages[before], last)) return null;
  const newest = Math.max(...pages[before].cases.map(updated));
  const reachesOlder = last.cases.some((one) => one.updated_date && updated(one) < newest);
  if (below !== null && !reachesOlder) return below;
  return isWhole ? null : again;
}

const held = ({ cases }) => cases.map(({ case_id, updated_date }) => `${case_id} ${updated_date}`).join("\n");
const isSame = (a, b) => held(a) === held(b);

/** The last update, in milliseconds; before everything where there is none. */
function updated({ updated_date }) {
  const ms = Date.parse(updated_date ?? "");
  return Number.isNaN(ms) ? -Infinity : ms;
}

/** Each case once, as of its last update, where it was met first. */
function distinct(pages) {
  const found = new Map();
  let nameless = 0;
  for (const one of pages.flatMap(({ cases }) => cases)) {
    // What has no id is nobody's double.
    const key = one.case_id || (nameless += 1);
    const known = found.get(key);
    if (!known || updated(one) > updated(known)) found.set(key, one);
  }
  return [...found.values()];
}

function newestFirst(cases) {
  const dated = cases.map((one) => [updated(one), one]);
  return dated.sort(([a], [b]) => (a < b ? 1 : a > b ? -1 : 0)).map(([, one]) => one);
}
