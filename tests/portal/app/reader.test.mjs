import assert from "node:assert/strict";
import { test } from "node:test";
import { CaseStore } from "../../../pkg/entry/store-node.js";
import { load } from "./load.mjs";

const { NEW_READER, MAX_UNREAD, MAX_SEEN, VISIT_PAUSE_MS, reduceReader, readerStateFrom, markedIds } =
  await load("news/reader-state.ts");
const { unreadCases, unreadCount, newsFrom, nextReminder } = await load("news/reader-news.ts");
const { createReader } = await load("news/reader.ts");
const { reportChanges } = await load("news/change-feed.ts");
const { collectChanges } = await load("news/collector.ts");
const { notificationOf } = await load("news/words.ts");
const { titleOf } = await load("ui/document-title.ts");
const { iconWithCount } = await load("news/icon.ts");
const { snoozeChoices } = await load("case/snooze.ts");
const { differences, seenValues, fieldLabel } = await load("case/differences.ts");

const run = (actions, state = NEW_READER) => actions.reduce(reduceReader, state);
/** A change. Updates have a later date, unless they have no field at all. */
const change = (case_id, type, fields = [], before = {}, after = {}) => ({
  case_id,
  type,
  fields: type === "updated" && fields.length > 0 ? [...fields, "updated_date"] : fields,
  before,
  after,
});
const changes = (at, ...all) => ({ type: "changes", changes: all, at });
const open = (case_id, at) => ({ type: "open", case_id, values: { status: "Closed" }, at });

test("a changed case is unread until it is opened, and again with the next change", () => {
  let state = run([changes(10, change("1", "updated", ["status", "updated_date"], { status: "A" }, { status: "B" }))]);
  assert.equal(unreadCount(state), 1);
  assert.deepEqual(state.unread["1"].fields, ["status"], "dates are not told");
  state = run([open("1", 20)], state);
  assert.equal(unreadCount(state), 0);
  assert.equal(state.seen["1"].at, 20);
  state = run([changes(30, change("1", "updated", ["title"]))], state);
  assert.equal(unreadCount(state), 1);
});

test("what is learned from the details of a case is no news", () => {
  const learned = {
    type: "updated",
    case_id: "1",
    fields: ["owner", "technology_name", "notes_count"],
    before: { owner: "" },
    after: { owner: "A" },
  };
  assert.equal(run([{ type: "changes", changes: [learned], at: 1 }]), NEW_READER);
  const later = {
    ...learned,
    fields: [...learned.fields, "status", "updated_date"],
    after: { owner: "A", status: "B" },
  };
  const { unread } = run([{ type: "changes", changes: [later], at: 1 }]);
  assert.deepEqual([unread["1"].fields, unread["1"].after], [["status"], { status: "B" }]);
  const another = { ...later, before: { owner: "A" }, after: { owner: "B" } };
  assert.deepEqual(run([{ type: "changes", changes: [another], at: 1 }]).unread["1"].fields, ["owner", "status"]);
});

test("changes of a case add up: before the first, after the last", () => {
  const state = run([
    changes(10, change("1", "updated", ["status"], { status: "A" }, { status: "B" })),
    changes(
      20,
      change("1", "updated", ["status", "severity"], { status: "B", severity: 3 }, { status: "C", severity: 1 }),
    ),
  ]);
  const { before, after, fields, since, at } = state.unread["1"];
  assert.deepEqual(
    { before, after, fields, since, at },
    {
      before: { status: "A", severity: 3 },
      after: { status: "C", severity: 1 },
      fields: ["status", "severity"],
      since: 10,
      at: 20,
    },
  );
});

test("the kind of several changes", () => {
  const kind = (...types) => run(types.map((type, at) => changes(at, change("1", type, ["status"])))).unread["1"].type;
  assert.equal(kind("new", "updated"), "new");
  assert.equal(kind("new", "closed"), "new");
  assert.equal(kind("updated", "closed"), "closed");
  assert.equal(kind("closed", "updated"), "closed");
  assert.equal(kind("closed", "reopened"), "updated");
  assert.equal(kind("updated", "gone"), "gone");
  assert.equal(kind("gone", "new"), "updated");
});

test("a case marked by hand is unread, and a change of it counts from that change", () => {
  let state = run([{ type: "unread", case_ids: ["1"], at: 5 }]);
  assert.equal(state.unread["1"].reason, "reader");
  state = run([changes(10, change("1", "updated", ["title"]))], state);
  assert.deepEqual([state.unread["1"].reason, state.unread["1"].since], ["change", 10]);
  assert.equal(unreadCount(run([{ type: "read", case_ids: ["1"], at: 11 }], state)), 0);
});

test("reading all can be undone, and what changed meanwhile stays", () => {
  const before = run([changes(10, change("1", "updated", ["title"]), change("2", "closed", ["status"]))]);
  let state = run([{ type: "read_all", at: 20 }], before);
  assert.equal(unreadCount(state), 0);
  state = run([changes(25, change("2", "reopened", ["status"]))], state);
  state = run([{ type: "restore", unread: before.unread, gapSince: null }], state);
  assert.deepEqual(
    unreadCases(state).map(({ case_id, type }) => [case_id, type]),
    [
      ["2", "reopened"],
      ["1", "updated"],
    ],
  );
});

test("a snoozed case comes back with any change, or when its time has come", () => {
  const snoozed = run([
    { type: "snooze", case_ids: ["1", "2", "3"], until: 1000, at: 10 },
    { type: "snooze", case_ids: ["3"], until: null, at: 10 },
  ]);
  assert.equal(nextReminder(snoozed), 1000);
  const changed = run([changes(20, change("1", "updated", []), change("2", "updated", ["status"]))], snoozed);
  assert.deepEqual(Object.keys(changed.snoozed), ["1", "3"], "a change without any field is none");
  assert.equal(unreadCount(changed), 1);
  const due = run([{ type: "active", at: 1000 }], snoozed);
  assert.deepEqual(Object.keys(due.snoozed), ["3"]);
  assert.deepEqual(
    unreadCases(due).map(({ case_id, reason, since }) => [case_id, reason, since]),
    [
      ["1", "reminder", 10],
      ["2", "reminder", 10],
    ],
  );
  assert.equal(nextReminder(due), null);
  assert.deepEqual(Object.keys(run([{ type: "wake", case_ids: ["1"] }], snoozed).snoozed), ["2", "3"]);
});

test("a snoozed case is read, and a pin ends when the case is gone", () => {
  const unread = run([changes(1, change("1", "updated", ["title"]))]);
  assert.equal(unreadCount(run([{ type: "snooze", case_ids: ["1"], until: null, at: 2 }], unread)), 0);
  const pinned = run([{ type: "pin", case_id: "1", is_pinned: true, at: 3 }]);
  assert.deepEqual(pinned.pinned, { 1: 3 });
  assert.deepEqual(run([changes(4, change("1", "gone"))], pinned).pinned, {});
  assert.deepEqual(run([{ type: "pin", case_id: "1", is_pinned: false, at: 5 }], pinned).pinned, {});
});

test("a visit ends with a pause", () => {
  const active = (at) => ({ type: "active", at });
  let state = run([active(0), active(60_000)]);
  assert.equal(state.previousVisit, null, "the first visit has none before it");
  state = run([active(60_000 + VISIT_PAUSE_MS)], state);
  assert.equal(state.previousVisit, null);
  const end = state.activeAt;
  state = run([active(end + VISIT_PAUSE_MS + 1), active(end + VISIT_PAUSE_MS + 2)], state);
  assert.equal(state.previousVisit, end);
});

test("a case that comes back while the page is hidden is no visit", () => {
  const hour = 3_600_000;
  const start = [
    { type: "active", at: 8 * hour },
    { type: "snooze", case_ids: ["1"], until: 11 * hour, at: 8 * hour },
  ];
  let state = run([...start, { type: "active", at: 11 * hour, isHidden: true }]);
  assert.equal(state.unread["1"].reason, "reminder");
  assert.equal(nextReminder(state), null);
  assert.deepEqual([state.activeAt, state.previousVisit], [8 * hour, null]);
  assert.equal(run([{ type: "active", at: 12 * hour, isHidden: true }], state), state, "nothing is due");
  state = run([{ type: "active", at: 17 * hour }], state);
  assert.equal(state.previousVisit, 8 * hour);
});

test("what is kept is bounded, the oldest goes first", () => {
  const many = Array.from({ length: MAX_UNREAD + 5 }, (_, at) => changes(at, change(`c${at}`, "updated", ["title"])));
  // One action with the oldest 5, one with the others.
  const first = { type: "changes", changes: many.slice(0, 5).flatMap((one) => one.changes), at: 1 };
  const rest = { type: "changes", changes: many.slice(5).flatMap((one) => one.changes), at: 2 };
  const state = run([first, rest]);
  assert.equal(unreadCount(state), MAX_UNREAD);
  assert.equal(state.unread["c0"], undefined);
  const seen = run(Array.from({ length: MAX_SEEN + 3 }, (_, at) => open(`c${at}`, at)));
  assert.equal(Object.keys(seen.seen).length, MAX_SEEN);
  assert.equal(seen.seen["c0"], undefined);
});

test("signing out erases everything", () => {
  const state = run([changes(1, change("1", "closed", ["status"])), open("1", 2), { type: "erase" }]);
  assert.deepEqual(state, NEW_READER);
});

test("an action without effect gives the same state", () => {
  const state = run([changes(1, change("1", "updated", ["title"]))]);
  for (const action of [
    { type: "read", case_ids: ["7"], at: 2 },
    { type: "wake", case_ids: ["1"] },
    { type: "pin", case_id: "1", is_pinned: false, at: 2 },
    changes(2),
  ]) {
    assert.equal(reduceReader(state, action), state, action.type);
  }
  assert.equal(reduceReader(NEW_READER, { type: "read_all", at: 1 }), NEW_READER);
});

test("a saved state of another form begins anew", () => {
  assert.equal(readerStateFrom(undefined), NEW_READER);
  assert.equal(readerStateFrom({ form: 2, unread: { 1: {} } }), NEW_READER);
  assert.deepEqual(readerStateFrom({ form: 1, pinned: { 1: 2 } }).pinned, { 1: 2 });
});

/** A storage and a channel between the tabs of a test. */
function browser() {
  const saved = new Map();
  const listeners = new Set();
  return {
    saved,
    storage: {
      read: async (scope) => structuredClone(saved.get(scope)),
      update: async (scope, change) => saved.set(scope, structuredClone(change(saved.get(scope)))),
    },
    tab() {
      const own = new Set();
      return {
        send: (message) => {
          for (const listener of listeners) if (!own.has(listener)) listener(structuredClone(message));
        },
        listen(listener) {
          own.add(listener);
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      };
    },
  };
}

test("tabs of an identity share their state, and other identities do not see it", async () => {
  const { storage, tab, saved } = browser();
  const first = createReader("a", storage, tab());
  const second = createReader("a", storage, tab());
  const other = createReader("b", storage, tab());
  let notified = 0;
  second.subscribe(() => (notified += 1));
  first.dispatch(changes(1, change("1", "updated", ["title"]), change("2", "updated", ["title"])));
  second.dispatch({ type: "pin", case_id: "2", is_pinned: true, at: 2 });
  first.dispatch(open("1", 3));
  assert.equal(notified, 3);
  assert.deepEqual(first.getSnapshot(), second.getSnapshot());
  assert.deepEqual(Object.keys(first.getSnapshot().unread), ["2"]);
  assert.deepEqual(other.getSnapshot(), NEW_READER);
  await Promise.all([first.settled(), second.settled()]);
  assert.deepEqual(Object.keys(saved.get("a").unread), ["2"]);
  assert.deepEqual(saved.get("a").pinned, { 2: 2 });
  assert.equal(saved.has("b"), false);
  const later = createReader("a", storage, tab());
  later.dispatch({ type: "pin", case_id: "2", is_pinned: false, at: 4 });
  assert.deepEqual(later.getSnapshot().unread, {}, "the saved state is not read yet");
  await later.settled();
  assert.deepEqual(Object.keys(later.getSnapshot().unread), ["2"]);
  assert.deepEqual(later.getSnapshot().pinned, {}, "what was done before that counts");
  assert.deepEqual(later.getSnapshot(), saved.get("a"));
  first.close();
  second.dispatch({ type: "pin", case_id: "9", is_pinned: true, at: 9 });
  assert.equal(first.getSnapshot().pinned["9"], undefined);
});

test("without a storage the state lives as long as the page", async () => {
  const refused = async () => {
    throw new DOMException("private", "InvalidStateError");
  };
  const { tab } = browser();
  const reader = createReader("a", { read: refused, update: refused }, tab());
  reader.dispatch({ type: "pin", case_id: "1", is_pinned: true, at: 1 });
  await reader.settled();
  assert.deepEqual(reader.getSnapshot().pinned, { 1: 1 });
  assert.equal(reader.error.name, "InvalidStateError");
});

test("what a full storage refused is saved with the next action, and listeners learn of the error and its end", async () => {
  const { storage, tab, saved } = browser();
  let isFull = true;
  const update = async (scope, change) => {
    if (isFull) throw new DOMException("full", "QuotaExceededError");
    return storage.update(scope, change);
  };
  const read = async () => {
    if (isFull) throw new DOMException("full", "UnknownError");
  };
  saved.set("a", { ...NEW_READER, pinned: { 7: 7 } });
  const reader = createReader("a", { read, update }, tab());
  const errors = [];
  reader.subscribe(() => errors.push(reader.error?.name ?? null));
  const pin = (case_id) => reader.dispatch({ type: "pin", case_id, is_pinned: true, at: Number(case_id) });
  pin("1");
  await reader.settled();
  pin("2");
  await reader.settled();
  assert.equal(reader.error.name, "QuotaExceededError");
  isFull = false;
  pin("3");
  await reader.settled();
  assert.deepEqual(saved.get("a").pinned, { 1: 1, 2: 2, 3: 3, 7: 7 });
  assert.deepEqual(reader.getSnapshot(), saved.get("a"), "what could not be read at first is shown");
  assert.equal(reader.error, null);
  assert.deepEqual([errors.includes("UnknownError"), errors.at(-1)], [true, null]);
});

test("a storage that fails once is tried again at once, without an error", async () => {
  const { storage, tab, saved } = browser();
  let failures = 1;
  const update = async (scope, change) => {
    failures -= 1;
    if (failures >= 0) throw new DOMException("closing", "InvalidStateError");
    return storage.update(scope, change);
  };
  const reader = createReader("a", { ...storage, update }, tab());
  const errors = [];
  reader.subscribe(() => errors.push(reader.error));
  reader.dispatch({ type: "pin", case_id: "1", is_pinned: true, at: 1 });
  await reader.settled();
  assert.deepEqual(saved.get("a").pinned, { 1: 1 });
  assert.deepEqual(
    errors.filter((error) => error !== null),
    [],
  );
});

test("what a full storage refused is not saved after a sign-out in another tab", async () => {
  const { storage, tab, saved } = browser();
  let isFull = true;
  const update = async (scope, change) => {
    if (isFull) throw new DOMException("full", "QuotaExceededError");
    return storage.update(scope, change);
  };
  const reader = createReader("a", { ...storage, update }, tab());
  reader.dispatch(changes(1, change("1", "updated", ["title"])));
  await reader.settled();
  tab().send({ scope: "a", action: { type: "erase" } });
  isFull = false;
  reader.dispatch({ type: "active", at: 2 });
  await reader.settled();
  assert.deepEqual(saved.get("a").unread, {});
});

const record = (values) => ({
  case_id: "612345678",
  title: "Link down",
  severity: 2,
  status: "Cisco Pending",
  status_flag: "O",
  ...values,
});

/** A store as another tab's role sees it. */
const withRole = (store, role) =>
  new Proxy(store, {
    get: (target, name) => (name === "persistence" ? { ...target.persistence, role } : bound(target, name)),
  });
const bound = (target, name) => (typeof target[name] === "function" ? target[name].bind(target) : target[name]);

function source(isFilled) {
  const listeners = new Set();
  return {
    isFilled,
    subscribe: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    notify: () => {
      for (const one of listeners) one();
    },
  };
}

/** The position of a store as it is now. */
const positionOf = ({ version }) => ({ version });

test("the cases of a first fill are no news, although it was over before the first report", async () => {
  const store = await CaseStore.open({ now: "2026-06-01T00:00:00Z" });
  const position = { version: store.version, isFirstFill: true };
  store.apply(record({ updated_date: "2026-05-01T00:00:00Z" }));
  const reported = [];
  const stop = reportChanges(withRole(store, "alone"), source(true), position, (action) => reported.push(action));
  assert.deepEqual(reported, []);
  store.apply(record({ severity: 1, updated_date: "2026-05-02T00:00:00Z" }));
  assert.equal(reported.length, 1);
  stop();
  await store.close();
});

test("changes between the opening of a store and the first report are reported, and none twice", async () => {
  const store = await CaseStore.open({ now: "2026-06-01T00:00:00Z" });
  store.apply(record({ updated_date: "2026-05-01T00:00:00Z" }));
  const position = positionOf(store);
  store.apply(record({ severity: 1, updated_date: "2026-05-02T00:00:00Z" }));
  const reported = [];
  const report = (action) => reported.push(...action.changes.map(({ after }) => after.severity));
  reportChanges(withRole(store, "alone"), source(true), position, report)();
  assert.deepEqual(reported, [1]);
  // Following begins anew, and the reports with it.
  store.apply(record({ severity: 4, updated_date: "2026-05-03T00:00:00Z" }));
  reportChanges(withRole(store, "alone"), source(true), position, report)();
  reportChanges(withRole(store, "alone"), source(true), position, report)();
  assert.deepEqual(reported, [1, 4]);
  await store.close();
});

test("the first case of an account without cases is news", async () => {
  const store = await CaseStore.open({ now: "2026-06-01T00:00:00Z" });
  const position = { version: store.version, isFirstFill: true };
  const following = source(false);
  const reported = [];
  const stop = reportChanges(withRole(store, "alone"), following, position, (action) => reported.push(action));
  following.notify();
  following.isFilled = true;
  following.notify();
  store.apply(record({ updated_date: "2026-05-01T00:00:00Z" }));
  assert.deepEqual(
    reported.flatMap(({ changes }) => changes.map(({ type }) => type)),
    ["new"],
  );
  stop();
  await store.close();
});

test("details that were read are no news, in no report", async () => {
  const store = await CaseStore.open({ now: "2026-06-01T00:00:00Z" });
  store.apply(record({ updated_date: "2026-05-01T00:00:00Z" }));
  const reported = [];
  const report = (action) => reported.push(...action.changes.map(({ fields }) => fields));
  const stop = reportChanges(withRole(store, "alone"), source(true), positionOf(store), report);
  const before = store.version;
  store.apply(record({ updated_date: "2026-05-01T00:00:00Z", technology_name: "LAN" }));
  assert.ok(store.version > before);
  assert.deepEqual(reported, []);
  store.apply(record({ updated_date: "2026-05-02T00:00:00Z", technology_name: "WAN" }));
  assert.equal(reported.length, 1);
  assert.ok(reported[0].includes("technology_name"));
  stop();
  await store.close();
});

test("the changes of a filled store are news, of each tab's once", async () => {
  const store = await CaseStore.open({ now: "2026-06-01T00:00:00Z" });
  store.apply(record({ updated_date: "2026-05-01T00:00:00Z" }));
  const reported = [];
  const following = source(false);
  const stop = reportChanges(
    withRole(store, "alone"),
    following,
    positionOf(store),
    (action) => reported.push(action),
    undefined,
    () => 7,
  );
  const follower = [];
  const stopFollower = reportChanges(withRole(store, "follower"), source(true), positionOf(store), (action) =>
    follower.push(action),
  );
  store.apply(record({ case_id: "612345679", updated_date: "2026-05-02T00:00:00Z" }));
  assert.deepEqual(reported, [], "during the first fill everything is new");
  following.isFilled = true;
  following.notify();
  assert.deepEqual(reported, [], "also afterwards");
  store.apply(record({ severity: 1, status: "Customer Pending", updated_date: "2026-05-03T00:00:00Z" }));
  assert.equal(reported.length, 1);
  const [
    {
      at,
      changes: [only],
    },
  ] = reported;
  assert.equal(at, 7);
  assert.deepEqual(
    [only.case_id, only.type, only.before, only.after],
    ["612345678", "updated", { severity: 2, status: "Cisco Pending" }, { severity: 1, status: "Customer Pending" }],
  );
  // An older case changes without being the newest of all: following says so.
  store.apply(record({ case_id: "612345679", title: "Link up", updated_date: "2026-05-02T12:00:00Z" }));
  following.notify();
  assert.deepEqual(
    reported.flatMap((action) => action.changes.map(({ case_id }) => case_id)),
    ["612345678", "612345679"],
  );
  assert.deepEqual(follower, []);
  stop();
  stopFollower();
  store.apply(record({ severity: 4, updated_date: "2026-05-09T00:00:00Z" }));
  following.notify();
  assert.equal(reported.length, 2);
  await store.close();
});

test("more changes than the store remembers are a gap", async () => {
  const store = await CaseStore.open({ now: "2026-06-01T00:00:00Z" });
  const reported = [];
  const following = source(true);
  const stop = reportChanges(withRole(store, "leader"), following, positionOf(store), (action) =>
    reported.push(action.type),
  );
  const page = (from) =>
    Array.from({ length: 1000 }, (_, at) => record({ case_id: String(600_000_000 + from + at), updated_date: null }));
  for (let from = 0; from < 11_000; from += 1000)
    store.remove(store.apply(page(from)).events.map(({ case_id }) => case_id));
  following.notify();
  stop();
  assert.ok(reported.length > 0);
  await store.close();
  const state = run([
    { type: "active", at: 100 },
    { type: "gap", at: 200 },
    { type: "gap", at: 300 },
  ]);
  assert.equal(state.gapSince, 100, "since the last time that the page was looked at");
  assert.equal(run([{ type: "read_all", at: 400 }], state).gapSince, null);
});

test("old cases that appear are no news: they came with a contract, or with a copy that is being filled", async () => {
  const store = await CaseStore.open({ now: "2026-06-01T00:00:00Z" });
  const reported = [];
  const day = (date) => Date.parse(`2026-${date}T12:00:00Z`);
  let reader = run([{ type: "active", at: day("05-20") }]);
  const report = ({ changes }) => reported.push(...changes.map(({ case_id }) => case_id));
  const from = () => newsFrom(reader);
  const stop = reportChanges(withRole(store, "alone"), source(true), positionOf(store), report, from);
  const add = (case_id, date) => store.apply(record({ case_id, creation_date: date && `2026-${date}T12:00:00Z` }));
  add("1", "01-01");
  add("2", "05-20");
  add("3", null);
  assert.deepEqual(reported, ["2", "3"]);
  // Who comes back after weeks has not seen the cases of those weeks.
  reader = run([{ type: "active", at: day("06-20") }], reader);
  add("4", "05-25");
  add("5", "05-01");
  assert.deepEqual(reported, ["2", "3", "4"]);
  // A change of an old case is one.
  store.apply(
    record({ case_id: "1", severity: 1, creation_date: "2026-01-01T12:00:00Z", updated_date: "2026-06-01T00:00:00Z" }),
  );
  assert.deepEqual(reported, ["2", "3", "4", "1"]);
  stop();
  await store.close();
});

test("a case as it is now differs from what the reader saw by fields", async () => {
  const store = await CaseStore.open({ now: "2026-06-01T00:00:00Z" });
  store.apply(record({ bugs: ["CSCab12345"], updated_date: "2026-05-01T00:00:00Z" }));
  const seen = seenValues(store.get("612345678"), undefined);
  assert.deepEqual(differences(seen, seen), []);
  store.apply(
    record({ severity: 1, title: "", bugs: ["CSCab12346"], rmas: ["80012345"], updated_date: "2026-05-02T00:00:00Z" }),
  );
  const now = seenValues(store.get("612345678"), { owner: "A. Owner", notes_count: 3 });
  assert.deepEqual(
    differences(seen, now).map(({ label, before, after }) => [label, before, after]),
    [
      ["Severity", "2", "1"],
      ["Title", "Link down", "–"],
      ["Bugs", "CSCab12345", "CSCab12346"],
      ["RMAs", undefined, "80012345"],
    ],
  );
  assert.deepEqual(
    differences({ ...now, notes_count: 2 }, now).map(({ label, before, after }) => [label, before, after]),
    [["Notes", "2", "3"]],
  );
  assert.deepEqual(
    differences({ owner: "", technology_name: "" }, { owner: "A", technology_name: "B" }),
    [],
    "learned",
  );
  // A list brings the record anew, before its details are read again.
  assert.deepEqual(differences({ owner: "A", technology_name: "B" }, { owner: "A", technology_name: "" }), []);
  assert.equal(fieldLabel("some_field"), "some field");
  await store.close();
});

test("changes in quick succession are handed on together", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const delivered = [];
  const { add, stop } = collectChanges((all) => delivered.push(all.map(({ case_id }) => case_id).join("")));
  add([change("a", "updated")]);
  t.mock.timers.tick(1500);
  add([change("b", "updated")]);
  t.mock.timers.tick(1999);
  assert.deepEqual(delivered, []);
  t.mock.timers.tick(1);
  assert.deepEqual(delivered, ["ab"]);
  for (let count = 0; count < 12; count++) {
    add([change("c", "updated")]);
    t.mock.timers.tick(1500);
  }
  assert.deepEqual(delivered, ["ab", "cccccccccc"], "not later than 15 seconds after the first");
  stop();
  t.mock.timers.tick(20_000);
  assert.equal(delivered.length, 2);
});

test("a notification names the case and what changed, or how many cases", () => {
  const title = (id) => `Title \u2069 of ${id}`;
  const one = notificationOf([change("1", "updated", ["status"], { status: "A" }, { status: "B" })], title);
  assert.deepEqual(one, {
    title: "Case 1: \u2068Status: A → B\u2069",
    body: "\u2068Title  of 1\u2069",
    tag: "case-1",
    case_id: "1",
  });
  const many = notificationOf(
    ["1", "2", "2", "3", "4"].map((id) => change(id, "updated", ["title"])),
    title,
  );
  assert.equal(many.title, "4 cases changed");
  assert.equal(many.body.split("\n").length, 4);
  assert.equal(many.tag, "news");
  assert.equal(notificationOf([], title), null);
  assert.match(notificationOf([change("1", "closed")], title).title, /Closed$/);
});

test("the title of the document and the icon have the count", () => {
  assert.equal(titleOf("Overview", 0), "Overview");
  assert.equal(titleOf("Overview", 3), "(3) Overview");
  assert.equal(titleOf("Overview", 1000), "(999+) Overview");
  assert.match(iconWithCount(7), />7<\/text>/);
  assert.match(iconWithCount(100), />99\+<\/text>/);
});

test("the choices for putting a case off are mornings of the reader's days", () => {
  // A Sunday, in any zone.
  const sunday = new Date(2026, 10, 29, 20, 30).getTime();
  const choices = Object.fromEntries(snoozeChoices(sunday).map(({ id, until }) => [id, until]));
  const at = (day) => new Date(2026, 10, day, 8).getTime();
  assert.equal(choices.hours - sunday, 3 * 3_600_000);
  assert.deepEqual([choices.tomorrow, choices["three-days"]], [at(30), at(32)]);
  assert.equal(choices.monday, undefined, "tomorrow is Monday");
  assert.equal(choices.change, null);
  const monday = snoozeChoices(new Date(2026, 10, 30, 9).getTime()).find(({ id }) => id === "monday");
  assert.equal(monday.until, at(37), "the next one, not today");
});

test("a change between the first snapshot and the subscription is in the next snapshot", () => {
  const { storage, tab } = browser();
  const reader = createReader("a", storage, tab());
  const first = reader.getSnapshot();
  assert.equal(reader.getSnapshot(), first, "the same object until something changes");
  reader.dispatch({ type: "pin", case_id: "1", is_pinned: true, at: 1 });
  let calls = 0;
  reader.subscribe(() => (calls += 1));
  assert.notEqual(reader.getSnapshot(), first);
  assert.equal(calls, 0, "useSyncExternalStore compares the snapshots by itself");
});

test("marked cases are named the latest first, those that were put off in the order in which they come back", () => {
  const state = {
    ...NEW_READER,
    unread: { 600000001: { at: 5 }, 600000002: { at: 9 } },
    pinned: { 600000003: 7, 600000004: 8 },
    snoozed: { 600000005: { until: null }, 600000006: { until: 20 }, 600000007: { until: 10 } },
  };
  assert.deepEqual(markedIds(state, "unread"), ["600000002", "600000001"]);
  assert.deepEqual(markedIds(state, "pinned"), ["600000004", "600000003"]);
  assert.deepEqual(markedIds(state, "snoozed"), ["600000007", "600000006", "600000005"]);
});
