// The sets of cases that the MCP server holds: which of them are closed, which cases leave them, and what a defect of one does to
// the others. Their client is one of the tests, whose rounds end when a test says so.

import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { PACKAGE, serve, source, temporaryFolder } from "./harness.mjs";
import { startLines } from "./mcp-harness.mjs";

const { HeldSets, SetUses } = await source("mcp/held-cases.ts");
const { searchCases } = await source("mcp/tools-cases.ts");
const { Serving } = await source("mcp/serving.ts");
const { spelledQuery } = await source("user-ids.ts");
const { CaseStore } = await import(pathToFileURL(join(PACKAGE, "entry/store-node.js")).href);
const { Redaction } = await source("mcp/redaction.ts");
const { StateFolder } = await source("mcp/state-folder.ts");

/** A record as the client reads it. */
const record = (case_id, fields) => ({
  case_id,
  item_entry_id: null,
  title: "",
  user_id: "",
  contact_name: "",
  contract_id: "",
  serial_number: "",
  technology_name: "",
  sub_technology_name: "",
  status: "New",
  status_flag: "O",
  severity: 3,
  creation_date: "2026-01-01T00:00:00Z",
  updated_date: "2026-01-01T00:00:00Z",
  bugs: [],
  rmas: [],
  extra: {},
  ...fields,
});

/** A client whose rounds have the records and the refused ids that `round` returns for its parameters. */
const clientOf = (round) => ({
  changes(params) {
    const failures = [];
    return {
      failures,
      cursor: () => "cursor",
      async *[Symbol.asyncIterator]() {
        const { records = [], refused = [] } = await round(params);
        for (const one of records) yield { type: "changed", case_id: one.case_id, case: one };
        if (refused.length > 0) failures.push({ ids: refused, error: { kind: "permission", message: "refused" } });
      },
    };
  },
});

const setOf = (target, from = "2026-01-01T00:00:00.000Z") => ({ target, from, isDefault: false });
const waiting = () => ({ signal: new AbortController().signal, token: undefined, waitMs: 60_000 });
/** A call that opens sets. */
const opening = () => ({ uses: new SetUses(), signal: new AbortController().signal, waitMs: 60_000 });
/** Opens a set for a call that ends with `use`. */
const withSet = async (sets, params, use) => {
  const call = opening();
  try {
    return await use(await sets.open(params, "local", call));
  } finally {
    call.uses.end();
  }
};
/** Lets what was planned for the end of a turn happen. */
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test("a set that a call waits for is not closed by questions about others", async () => {
  let release;
  const released = new Promise((resolve) => {
    release = resolve;
  });
  const begun = new EventEmitter();
  const sets = new HeldSets(
    clientOf(async ({ contract_ids: [contract_id] }) => {
      begun.emit(contract_id);
      await released;
      return { records: [record(`6${contract_id}`, { contract_id })] };
    }),
  );
  const contracts = Array.from({ length: 20 }, (_, index) => `${10_000_000 + index}`);
  const answers = [];
  for (const contract_id of contracts) {
    const call = () =>
      withSet(sets, setOf({ contract_ids: [contract_id] }), async (held) => {
        const { isComplete } = await held.refresh(60_000, waiting());
        // The answer is written in several turns.
        await turn();
        return [isComplete, held.isClosed, held.store.size];
      });
    const isBegun = once(begun, contract_id);
    answers.push(call());
    await isBegun;
  }
  await turn();
  release();
  for (const answer of await Promise.all(answers)) assert.deepEqual(answer, [true, false, 1]);
  // What was too much is closed when it is not used any more.
  assert.equal((await sets.of("local")).length, 16);
  await sets.close();
});

/** Opens sets of the contracts from 0, and returns the calls that use them. */
async function openSets(sets, count) {
  const calls = [];
  for (let index = 0; index < count; index += 1) {
    const call = opening();
    calls.push(call);
    await sets.open(setOf({ contract_ids: [`${index}`] }), "local", call);
  }
  return calls;
}

test("a question about one more set than may be open waits for one that is not used, and fails when it may not wait longer", async () => {
  const sets = new HeldSets(clientOf(async () => ({})));
  const calls = await openSets(sets, 64);
  await turn();
  assert.equal((await sets.of("local")).length, 64);
  const late = sets.open(setOf({ contract_ids: ["late"] }), "local", { ...opening(), waitMs: 1 });
  await assert.rejects(late, /^Error: 64 sets of contracts or users are in use by other calls/);
  const stop = new AbortController();
  const cancelled = sets.open(setOf({ contract_ids: ["cancelled"] }), "local", { ...opening(), signal: stop.signal });
  stop.abort(new Error("cancelled"));
  await assert.rejects(cancelled, /^Error: cancelled$/);
  // Sets that are open are asked at once.
  await sets.open(setOf({ contract_ids: ["5"] }), "local", opening());
  let isOpen = false;
  const waits = withSet(sets, setOf({ contract_ids: ["next"] }), async (held) => {
    isOpen = true;
    return held.isClosed;
  });
  await turn();
  assert.equal(isOpen, false);
  calls[7].uses.end();
  assert.equal(await waits, false);
  assert.equal(
    (await sets.of("local")).some(({ params }) => params.target.contract_ids[0] === "7"),
    false,
  );
  for (const { uses } of calls) uses.end();
  // The one that a call above still uses is among them.
  assert.equal((await sets.of("local")).length, 16);
  await sets.close();
});

test("a set that is closed while a call waits for its opening is opened anew", async () => {
  const sets = new HeldSets(clientOf(async () => ({})));
  const calls = await openSets(sets, 17);
  await turn();
  const mine = opening();
  const asked = sets.open(setOf({ contract_ids: ["3"] }), "local", mine);
  // The only call that uses it ends, and it is one too many.
  calls[3].uses.end();
  const held = await asked;
  assert.equal(held.isClosed, false);
  assert.equal((await held.refresh(0, waiting())).isComplete, true);
  for (const { uses } of [mine, ...calls]) uses.end();
  await sets.close();
});

test("a call waits for a place and for the cases no longer than for one of them", async () => {
  const WAIT_MS = 2000;
  let isSlow = false;
  let release;
  const released = new Promise((resolve) => {
    release = resolve;
  });
  const client = clientOf(async () => {
    if (isSlow) await released;
    return {};
  });
  const serving = new Serving({
    connection: { client, contract_ids: undefined, now: undefined },
    from: "2025-01-01T00:00:00.000Z",
    maxAgeMs: 0,
    showsPersonalData: true,
  });
  const mcpReq = { signal: new AbortController().signal, notify: async () => {} };
  const principal = { key: "local", token: undefined };
  const calls = Array.from({ length: 64 }, () => new SetUses());
  for (const [index, uses] of calls.entries()) {
    await serving.read({ where: { contract_id: [`${index}`] } }, principal, { mcpReq, uses });
  }
  isSlow = true;
  const waits = [];
  const open = serving.sets.open.bind(serving.sets);
  serving.sets.open = async (...given) => {
    const held = await open(...given);
    const { refresh } = held;
    held.refresh = (maxAgeMs, one) => {
      waits.push(one.waitMs);
      return refresh.call(held, maxAgeMs, one);
    };
    return held;
  };
  setTimeout(() => calls[0].end(), WAIT_MS / 2);
  const late = new SetUses();
  const { freshness } = await serving.read(
    { where: { contract_id: ["late"] } },
    principal,
    { mcpReq, uses: late },
    WAIT_MS,
  );
  assert.equal(freshness.isComplete, false);
  assert.equal(waits.length, 1);
  assert.ok(waits[0] < WAIT_MS / 2 + 50, `${waits[0]} ms of ${WAIT_MS} were left for the cases`);
  release();
  for (const uses of [late, ...calls]) uses.end();
  await serving.close();
});

test("a set stays open while a tool writes its answer, whatever others ask meanwhile", async () => {
  const client = clientOf(async ({ contract_ids }) => ({
    records: contract_ids.map((contract_id) => record(`6${contract_id}`, { contract_id, title: "Synthetic" })),
  }));
  const serving = new Serving({
    connection: { client, contract_ids: undefined, now: undefined },
    from: "2025-01-01T00:00:00.000Z",
    maxAgeMs: 0,
    showsPersonalData: true,
  });
  // Writing waits until sixteen other sets were asked.
  let isWriting;
  let goOn;
  const writing = new Promise((resolve) => {
    isWriting = resolve;
  });
  const others = new Promise((resolve) => {
    goOn = resolve;
  });
  const presented = serving.presented.bind(serving);
  serving.presented = async (records) => {
    isWriting();
    await others;
    return presented(records);
  };
  const mcpReq = { signal: new AbortController().signal, notify: async () => {} };
  const principal = { key: "local", token: undefined };
  const uses = new SetUses();
  const contract_ids = Array.from({ length: 30 }, (_, index) => `${10_000_000 + index}`);
  const args = { where: { contract_id: contract_ids } };
  const answer = searchCases.call({ args, serving, principal, context: { mcpReq, uses } });
  await writing;
  for (let index = 0; index < 20; index += 1) {
    await withSet(serving.sets, setOf({ contract_ids: [`${index}`] }), (held) => held.refresh(0, waiting()));
  }
  await turn();
  goOn();
  const { cases } = (await answer).structuredContent;
  assert.equal(cases.length, 30);
  // More than a piece of rows was written, each with the fields of its case.
  assert.deepEqual([...new Set(cases.map(({ title }) => title))], ["Synthetic"]);
  uses.end();
  await serving.close();
});

test("a question about a user reads the cases of a set once, however many users they have, and then those that changed", async () => {
  const users = Array.from({ length: 1500 }, (_, index) => `User${index}`);
  const store = await CaseStore.open();
  store.apply(users.map((user_id, index) => record(`${600_000_000 + index}`, { user_id })));
  let read = 0;
  const counted = new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...given) => {
        const answer = value.apply(target, given);
        if (name === "query") read += answer.cases.length;
        return answer;
      };
    },
  });
  const asked = (user_id) => spelledQuery(counted, { where: { user_id } }).where.user_id;
  assert.deepEqual(asked("user1499"), ["User1499"]);
  assert.equal(read, 1500);
  assert.deepEqual(asked(["USER7", "user8", "nobody"]), ["User7", "User8"]);
  store.apply([record("600000008", { user_id: "uSER8" }), record("700000000", { user_id: "Nobody" })]);
  assert.deepEqual(asked(["user8", "nobody"]), ["User8", "uSER8", "Nobody"]);
  assert.equal(read, 1500);
  assert.deepEqual(asked("stranger"), ["stranger"]);
  // More changes than a store remembers are read as a whole.
  store.apply(Array.from({ length: 10_001 }, (_, index) => record(`${800_000_000 + index}`, { user_id: "Late" })));
  assert.deepEqual(asked("late"), ["Late"]);
  assert.equal(read, 1500 + store.size);
  await store.close();
});

test("a server that was asked about many sets one after the other holds the last sixteen", async () => {
  const service = await serve({ cases: 400 });
  const server = startLines(service.connection, { env: service.env });
  await server.initialize();
  const [contract_id] = service.sandbox.info().contract_ids;
  // An earlier day is no part of a later one's set.
  for (let day = 30; day > 10; day -= 1) {
    const where = { contract_id: [contract_id], created: { from: `2026-01-${day}` } };
    const { result } = await server.call("search_cases", { where, limit: 1 });
    assert.equal(result.isError, undefined);
  }
  const { result } = await server.call("server_status", {});
  assert.equal(result.structuredContent.sets.length, 16);
});

test("a call that comes while the reading of a cancelled one ends reads anew", async () => {
  let rounds = 0;
  let end;
  const ended = new Promise((resolve) => (end = resolve));
  const client = {
    changes: (_params, _cursor, { signal }) => ({
      failures: [],
      cursor: () => "cursor",
      async *[Symbol.asyncIterator]() {
        rounds += 1;
        if (rounds === 1) await ended;
        signal.throwIfAborted();
        yield { type: "changed", case_id: "71", case: record("71", { contract_id: "1" }) };
      },
    }),
  };
  const sets = new HeldSets(client);
  const held = await sets.open(setOf({ contract_ids: ["1"] }), "local", opening());
  const cancel = new AbortController();
  const cancelled = held.refresh(0, { ...waiting(), signal: cancel.signal });
  await turn();
  cancel.abort(new Error("cancelled"));
  const next = await sets.open(setOf({ contract_ids: ["1"] }), "local", opening());
  // The reading has been told to end, and has not ended.
  await assert.rejects(cancelled, /cancelled/);
  const answer = next.refresh(0, waiting());
  await turn();
  end();
  assert.equal((await answer).isComplete, true);
  assert.deepEqual([rounds, next.store.size], [2, 1]);
  await sets.close();
});

test("a set whose readings failed is closed with its last use, and one that has cases or goes on is not", async () => {
  let fails = true;
  let end = () => {};
  const sets = new HeldSets(
    clientOf(async ({ contract_ids: [id] }) => {
      if (id === "3") await new Promise((resolve) => (end = resolve));
      if (fails) throw new Error("refused");
      return { records: [record(`7${id}`, { contract_id: id })] };
    }),
  );
  const ask = (id, more) =>
    withSet(sets, setOf({ contract_ids: [id] }), async (held) => {
      await held.refresh(0, { ...waiting(), ...more }).catch(() => {});
      return held;
    });
  const failed = await ask("1");
  assert.deepEqual([failed.isClosed, await sets.of("local")], [true, []]);
  fails = false;
  const good = await ask("1");
  fails = true;
  assert.equal(await ask("1"), good, "older cases are better than none");
  const late = await ask("3", { waitMs: 1 });
  await turn();
  assert.deepEqual([good.isClosed, late.isClosed], [false, false], "its reading goes on");
  end();
  await turn();
  assert.deepEqual([late.isClosed, await sets.of("local")], [true, [good]]);
  await sets.close();
});

test("the set that was used least recently is closed, also if it was used for a part of its cases", async () => {
  const sets = new HeldSets(clientOf(async () => ({})));
  const ask = (contract_ids) =>
    withSet(sets, setOf({ contract_ids }), async (held) => {
      await held.refresh(0, waiting());
      await turn();
      return held;
    });
  const wide = await ask(["1", "2"]);
  const others = [];
  for (let index = 0; index < 15; index += 1) others.push(await ask([`1${index}`]));
  assert.equal(await ask(["2"]), wide, "its cases are among those of the set");
  await ask(["99"]);
  assert.deepEqual([wide.isClosed, others[0].isClosed, others[1].isClosed], [false, true, false]);
  await sets.close();
});

test("the cases that an account may not see any more are removed, of more ids than a condition takes and in any case", async () => {
  const contract_ids = Array.from({ length: 2500 }, (_, index) => `${10_000_000 + index}`);
  let refused = [];
  const ofContracts = new HeldSets(
    clientOf(async () => ({
      records: contract_ids.map((contract_id) => record(`6${contract_id}`, { contract_id })),
      refused,
    })),
  );
  const held = await ofContracts.open(setOf({ contract_ids }), "local", opening());
  await held.refresh(0, waiting());
  assert.equal(held.store.size, 2500);
  refused = contract_ids.slice(1);
  await held.refresh(0, waiting());
  assert.deepEqual(
    held.store.query().cases.map(({ contract_id }) => contract_id),
    [contract_ids[0]],
  );
  await ofContracts.close();

  const ofUsers = new HeldSets(
    clientOf(async () => ({
      records: ["EMuster", "emuster", "other"].map((user_id, index) => record(`60000000${index}`, { user_id })),
      refused,
    })),
  );
  refused = [];
  const users = await ofUsers.open(setOf({ user_ids: ["emuster", "other"] }), "local", opening());
  await users.refresh(0, waiting());
  refused = ["eMuster"];
  await users.refresh(0, waiting());
  assert.deepEqual(
    users.store.query().cases.map(({ user_id }) => user_id),
    ["other"],
  );
  assert.equal(await ofUsers.open(setOf({ user_ids: ["OTHER"] }), "local", opening()), users);
  await ofUsers.close();
});

test("a saved set that cannot be read is read anew, and leaves the others as they are", async () => {
  const folder = join(temporaryFolder(), "state");
  const client = clientOf(async () => ({ records: [record("600000001", { contract_id: "1" })] }));
  const logged = [];
  const open = () => new HeldSets(client, undefined, new StateFolder(folder, (line) => logged.push(line)));
  const before = open();
  await (await before.open(setOf({ contract_ids: ["1"] }), "local", opening())).refresh(0, waiting());
  await before.close();
  const [file] = readdirSync(folder);
  rmSync(join(folder, file));
  // A folder in its place stands for a defect of the disk.
  mkdirSync(join(folder, file));
  const sets = open();
  for (const contract_id of ["1", "2"]) {
    const held = await sets.open(setOf({ contract_ids: [contract_id] }), "local", opening());
    assert.equal((await held.refresh(0, waiting())).isComplete, true);
  }
  assert.match(logged[0], /^a file of --state cannot be used, and is written anew: EISDIR/);
  await sets.close();
});

test("a folder of --state in which nothing can be saved is told when the server starts", async () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  const server = startLines(["--sandbox", "--sandbox-cases", "10", "--state", join(file, "state")], {});
  await server.initialize();
  assert.equal((await server.call("search_cases", { limit: 1 })).result.isError, undefined);
  assert.match(server.stderr(), /^--state: the cases cannot be saved: ENOTDIR/m);
});

test("parts that could not be read are named by pseudonyms of their users, which can be asked about", async () => {
  const service = await serve({ cases: 400 });
  const users = service.sandbox.info({ holders: 400 }).user_ids.slice(0, 12);
  const isRefused = (path) => path.toLowerCase().includes(users.at(-1));
  service.behaviour.change = ({ path }, respond) =>
    isRefused(path) ? new Response("{}", { status: 404, headers: { "content-type": "application/json" } }) : respond();
  const args = [
    "--user",
    users.join(",").toUpperCase(),
    "--created-from",
    "2020-01-01",
    "--max-age",
    "0",
    ...service.connection,
  ];
  const server = startLines(args, { env: service.env });
  await server.initialize();
  const first = await server.call("search_cases", { limit: 1 });
  const { missing, total } = first.result.structuredContent;
  assert.ok(total > 0 && missing.length >= 1, JSON.stringify(missing));
  const [, pseudonym] = /^user-\d+, (user-\d+): /.exec(missing[0]);
  service.behaviour.change = (_request, respond) => respond();
  const second = await server.call("search_cases", {
    where: { user_id: [pseudonym], created: { from: "2020-01-01" } },
  });
  assert.ok(second.result.structuredContent.total > 0);
  assert.equal(second.result.structuredContent.cases[0].user_id, pseudonym);
  const text = `${JSON.stringify([first, second])}${server.stderr()}`.toLowerCase();
  for (const user_id of users) assert.ok(!text.includes(user_id), user_id);
});

test("sentences have pseudonyms for user ids in any case, and for addresses", async () => {
  const redaction = new Redaction("a synthetic secret of the tests");
  const told = ["EMuster: refused. Ask erika@example.com (not emuster2), or e.muster.", "contract 12345: emuster/x?"];
  const [one, two] = await redaction.sentences(told, ["emuster", "E.Muster"]);
  const [, user] =
    /^(user-\d{12}): refused\. Ask mail-\d{12}@example\.invalid \(not emuster2\), or user-\d{12}\.$/.exec(one);
  assert.equal(two, `contract 12345: ${user}/x?`);
  assert.equal(redaction.userOf(user)?.toLowerCase(), "emuster");
  await redaction.close();
});
