// Exports: complete, resumed after any interruption, and never half a file.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CaseClient, output, PROGRAM, run, runInTerminal, serve, source, start, temporaryFolder } from "./harness.mjs";

const options = { cases: 4000, seed: 11, titles: "varied" };
const service = await serve(options);
const contract_ids = service.sandbox.info({ holders: 4000 }).contract_ids.slice(0, 30);
const FROM = "2025-01-01";
const target = ["--contract", contract_ids.join(","), "--created-from", FROM];

/** Every case, as a client reads them. */
const truth = await new CaseClient(service.sandbox.clientOptions)
  .allCases({ contract_ids, date_created_from: `${FROM}T00:00:00Z` })
  .toArray({ limit: 100_000 });
const ids = truth.map(({ case_id }) => case_id).sort();

const readLines = (file) =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const idsOf = (file) =>
  readLines(file)
    .map(({ case_id }) => case_id)
    .sort();

test("an export has every case once, readable by its owner only, and leaves nothing beside it", async () => {
  const folder = temporaryFolder();
  const { code, stderr } = await run(["export", ...target, "--out", "cases.ndjson", ...service.connection], {
    env: service.env,
    cwd: folder,
  });
  assert.equal(code, 0, stderr);
  assert.match(stderr, new RegExp(`${ids.length} cases written to cases\\.ndjson`));
  assert.ok(ids.length > 700);
  assert.deepEqual(idsOf(join(folder, "cases.ndjson")), ids);
  assert.deepEqual(readdirSync(folder), ["cases.ndjson"]);
  if (process.platform !== "win32") assert.equal(statSync(join(folder, "cases.ndjson")).mode & 0o777, 0o600);
  await output(
    ["export", ...target, "--out", "cases.csv", "--bom", "--columns", "case_id,title", ...service.connection],
    { env: service.env, cwd: folder },
  );
  const csv = readFileSync(join(folder, "cases.csv"), "utf8");
  assert.ok(csv.startsWith("\ufeffcase_id,title\r\n"));
  assert.equal(csv.trimEnd().split("\r\n").length, ids.length + 1);
});

/** Starts an export that is sent a signal after a number of requests. */
async function interrupted(service, folder, signal, afterRequests, selection = target) {
  let child;
  let count = 0;
  service.behaviour.change = (request, respond) => {
    if (!request.path.startsWith("/oauth2") && ++count === afterRequests) child.kill(signal);
    return respond();
  };
  const started = start(["export", ...selection, "--out", "cases.ndjson", ...service.connection], {
    env: service.env,
    cwd: folder,
  });
  child = started.child;
  const result = await started.ended;
  service.behaviour.change = (_request, respond) => respond();
  return result;
}

test("an export that was interrupted at any point continues, and has every case once in the end", async () => {
  const whole = await serve(options);
  const wholeFolder = temporaryFolder();
  await output(["export", ...target, "--out", "cases.ndjson", ...whole.connection], {
    env: whole.env,
    cwd: wholeFolder,
  });
  const total = whole.requests.length;
  for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"]) {
    const again = await serve(options);
    const folder = temporaryFolder();
    let saved = 0;
    for (const share of [0.1, 0.3, 0.3]) {
      const { code, stderr } = await interrupted(again, folder, signal, Math.ceil(total * share));
      assert.ok(!existsSync(join(folder, "cases.ndjson")), "no file before it is complete");
      if (signal !== "SIGKILL") {
        assert.equal(code, { SIGINT: 130, SIGTERM: 143 }[signal], stderr);
        assert.match(stderr, /Interrupted; the same command continues/);
        const { bytes } = JSON.parse(readFileSync(join(folder, "cases.ndjson.partial.json"), "utf8"));
        assert.ok(bytes >= saved, "it goes on where it ended");
        saved = bytes;
      }
    }
    const before = again.requests.length;
    const { code, stderr } = await run(["export", ...target, "--out", "cases.ndjson", ...again.connection], {
      env: again.env,
      cwd: folder,
    });
    assert.equal(code, 0, stderr);
    if (signal !== "SIGKILL") {
      assert.match(stderr, /Continuing an interrupted export/);
      assert.ok(again.requests.length - before < total, `${again.requests.length - before} of ${total} requests`);
    }
    assert.deepEqual(idsOf(join(folder, "cases.ndjson")), ids, signal);
    assert.deepEqual(readdirSync(folder), ["cases.ndjson"]);
  }
});

test("a damaged or cut file of an interrupted export is begun anew", async () => {
  for (const damage of [
    (folder) => writeFileSync(join(folder, "cases.ndjson.partial"), ""),
    (folder) => writeFileSync(join(folder, "cases.ndjson.partial.json"), "{"),
    (folder) => writeFileSync(join(folder, "cases.ndjson.partial.json"), '{"version":9}'),
  ]) {
    const folder = temporaryFolder();
    await interrupted(service, folder, "SIGTERM", 20);
    damage(folder);
    await output(["export", ...target, "--out", "cases.ndjson", ...service.connection], {
      env: service.env,
      cwd: folder,
    });
    assert.deepEqual(idsOf(join(folder, "cases.ndjson")), ids);
  }
});

test("an interrupted export is not continued with other options, unless it is discarded", async () => {
  const folder = temporaryFolder();
  await interrupted(service, folder, "SIGTERM", 20);
  const other = [
    "export",
    "--contract",
    contract_ids[0],
    "--created-from",
    FROM,
    "--out",
    "cases.ndjson",
    ...service.connection,
  ];
  const { code, stderr } = await run(other, { env: service.env, cwd: folder });
  assert.equal(code, 2);
  assert.match(stderr, /from an interrupted export with other options; --restart discards it/);
  await output([...other, "--restart"], { env: service.env, cwd: folder });
  assert.ok(existsSync(join(folder, "cases.ndjson")));
});

test("an interrupted export is not continued with other ids in the same file, but with the same ones in another order", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "contracts.txt");
  const selection = ["--contracts", file, "--created-from", FROM];
  const args = ["export", ...selection, "--out", "cases.ndjson", ...service.connection];
  writeFileSync(file, contract_ids.join("\n"));
  await interrupted(service, folder, "SIGTERM", 20, selection);
  writeFileSync(file, contract_ids.slice(1).join("\n"));
  const other = await run(args, { env: service.env, cwd: folder });
  assert.equal(other.code, 2, other.stderr);
  assert.match(other.stderr, /from an interrupted export with other options; --restart discards it/);
  writeFileSync(file, contract_ids.toReversed().join(","));
  const { code, stderr } = await run(args, { env: service.env, cwd: folder });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /Continuing an interrupted export/);
  assert.deepEqual(idsOf(join(folder, "cases.ndjson")), ids);
});

test("an export whose file could not be written has every case once when it is started again", {
  skip: process.platform === "win32" && "limits of files",
}, async () => {
  const folder = temporaryFolder();
  const args = ["export", ...target, "--out", "cases.ndjson", ...service.connection];
  // A full disk, as far as the program sees it: the file may have so many blocks. Each run reaches another page.
  for (const blocks of [64, 128, 256]) {
    const limited = spawn(
      "/bin/sh",
      ["-c", 'ulimit -f "$0"; exec "$@"', `${blocks}`, process.execPath, PROGRAM, ...args],
      { env: { PATH: process.env.PATH, ...service.env }, cwd: folder },
    );
    let stderr = "";
    limited.stderr.on("data", (text) => {
      stderr += text;
    });
    const [code] = await once(limited, "close");
    assert.equal(code, 1, stderr);
    assert.match(stderr, /EFBIG/);
  }
  await output(args, { env: service.env, cwd: folder });
  assert.deepEqual(idsOf(join(folder, "cases.ndjson")), ids);
});

test("titles with line separators and paragraph separators are exported as they are", async () => {
  const folder = temporaryFolder();
  const separated = await serve({
    ...options,
    change: async (_request, respond) => {
      const response = await respond();
      const { status, headers } = response;
      const text = (await response.text()).replaceAll(/("title": ?")/g, "$1\u2028\u2029");
      return new Response(text, { status, headers: { "content-type": headers.get("content-type") } });
    },
  });
  await output(["export", ...target, "--out", "cases.ndjson", ...separated.connection], {
    env: separated.env,
    cwd: folder,
  });
  const lines = readLines(join(folder, "cases.ndjson"));
  assert.deepEqual(lines.map(({ case_id }) => case_id).sort(), ids);
  assert.ok(lines.every(({ title }) => title.startsWith("\u2028\u2029")));
});

test("a file that cannot be written is the failure of an incomplete export", async () => {
  const folder = temporaryFolder();
  const incomplete = await serve({
    ...options,
    change: (request, respond) => {
      if (!request.path.includes(contract_ids[0])) return respond();
      // A folder comes to its place while it is read.
      mkdirSync(join(folder, "cases.ndjson"), { recursive: true });
      return new Response("{}", { status: 403, headers: { "content-type": "application/json" } });
    },
  });
  const args = ["export", ...target, "--out", "cases.ndjson", ...incomplete.connection];
  const { code, stderr } = await run(args, { env: incomplete.env, cwd: folder });
  assert.match(stderr, /^missing /m);
  assert.match(stderr, /EISDIR|EPERM|EACCES/);
  assert.equal(code, 1, stderr);
});

test("two exports to one file do not disturb each other", async () => {
  const folder = temporaryFolder();
  let proceed;
  const waiting = new Promise((resolve) => {
    proceed = resolve;
  });
  let reached;
  const begun = new Promise((resolve) => {
    reached = resolve;
  });
  const slow = await serve({
    ...options,
    change: async (request, respond) => {
      if (!request.path.startsWith("/oauth2")) {
        reached();
        await waiting;
      }
      return respond();
    },
  });
  const args = ["export", ...target, "--out", "cases.ndjson", ...slow.connection];
  const first = start(args, { env: slow.env, cwd: folder });
  await begun;
  const second = await run(args, { env: slow.env, cwd: folder });
  assert.equal(second.code, 1);
  assert.match(second.stderr, new RegExp(`cases\\.ndjson is in use by another run \\(process ${first.child.pid};`));
  proceed();
  assert.equal((await first.ended).code, 0);
  assert.deepEqual(idsOf(join(folder, "cases.ndjson")), ids);
});

test("an export that fails leaves the last file as it was", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "cases.ndjson"), "the last one\n");
  const faulty = await serve(options);
  faulty.sandbox.fault("over_rate");
  const { code } = await run(["export", ...target, "--out", "cases.ndjson", ...faulty.connection], {
    env: faulty.env,
    cwd: folder,
  });
  assert.equal(code, 5);
  assert.equal(readFileSync(join(folder, "cases.ndjson"), "utf8"), "the last one\n");
});

test("a place where no file can be put, or a column that does not exist, is named before anything is read, and stays as it is", {
  skip: process.platform === "win32" && "no devices",
}, async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "folder.csv"));
  writeFileSync(join(folder, "file"), "");
  symlinkSync("/dev/null", join(folder, "null.csv"));
  const pipe = join(folder, "pipe.csv");
  execFileSync("mkfifo", [pipe]);
  const service = await serve(options);
  for (const [path, reason] of [
    ["folder.csv", "it is a folder"],
    ["new.csv/", "it is a folder"],
    ["no/such/cases.csv", "no/such does not exist"],
    ["file/cases.csv", "file is no folder"],
    ["pipe.csv", "it is no file"],
    ["-", "it is written to a file only"],
    ["/dev/null", "devices are no files"],
    ["/proc/cases.csv", "devices are no files"],
    ["null.csv", "devices are no files"],
  ]) {
    for (const [option, ...args] of [
      ["--out", "export", "--format", "csv", ...target],
      ["--state", "changes", ...target],
      ["--report", "doctor"],
    ]) {
      const given = [...args, option, path, ...service.connection];
      const { code, stderr } = await run(given, { env: service.env, cwd: folder });
      assert.equal(code, 1, stderr);
      assert.ok(stderr.includes(`${option}: expected the name of a file, got "${path}": `), stderr);
      assert.ok(stderr.includes(reason), stderr);
    }
  }
  for (const columns of ["no_field", "case_id,case_id"]) {
    const given = ["export", ...target, "--out", "new.csv", "--columns", columns, ...service.connection];
    const { code, stderr } = await run(given, { env: service.env, cwd: folder });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /columns: expected/);
  }
  assert.equal(service.requests.length, 0);
  assert.deepEqual(readdirSync(folder).sort(), ["file", "folder.csv", "null.csv", "pipe.csv"]);
});

test("a symbolic link stays what it is: the file that it leads to is replaced, or made", {
  skip: process.platform === "win32" && "no right to make links",
}, async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "links"));
  mkdirSync(join(folder, "data"));
  symlinkSync("../data/link.csv", join(folder, "links/first.csv"));
  symlinkSync("links/first.csv", join(folder, "second.csv"));
  for (let round = 0; round < 2; round += 1) {
    const args = ["export", ...target, "--out", "second.csv", ...service.connection];
    const { code, stderr } = await run(args, { env: service.env, cwd: folder });
    assert.equal(code, 0, stderr);
    assert.equal(readFileSync(join(folder, "data/link.csv"), "utf8").trimEnd().split("\r\n").length, ids.length + 1);
    assert.equal(readlinkSync(join(folder, "second.csv")), "links/first.csv");
    assert.equal(readlinkSync(join(folder, "links/first.csv")), "../data/link.csv");
    assert.deepEqual(readdirSync(join(folder, "data")), ["link.csv"]);
    assert.deepEqual(readdirSync(folder).sort(), ["data", "links", "second.csv"]);
  }
});

test("a link in a folder that a link leads to begins at that folder, and the file of a redirected output is not replaced", {
  skip: process.platform !== "linux" && "no /proc",
}, async () => {
  const { checkReplaceable, replaceFile } = await source("files.ts");
  const folder = temporaryFolder();
  const at = (name) => join(folder, name);
  for (const name of ["releases", "releases/42", "data"]) mkdirSync(at(name));
  symlinkSync(at("releases/42"), at("data/current"));
  symlinkSync("../shared.csv", at("releases/42/cases.csv"));
  await replaceFile(at("data/current/cases.csv"), "cases");
  assert.deepEqual([existsSync(at("releases/shared.csv")), existsSync(at("data/shared.csv"))], [true, false]);
  const redirected = openSync(at("log"), "w");
  await assert.rejects(checkReplaceable(`/proc/self/fd/${redirected}`, "--out"), /devices are no files/);
  closeSync(redirected);
});

test("details are read within the budget, the newest cases first, and are in the lines of their cases", async () => {
  const folder = temporaryFolder();
  const budget = await serve(options);
  const { code, stderr } = await run(
    ["export", ...target, "--open", "--details", "7", "--out", "open.ndjson", ...budget.connection],
    { env: budget.env, cwd: folder },
  );
  assert.equal(code, 0, stderr);
  assert.equal(budget.requests.filter(({ path }) => path.includes("/details/")).length, 7);
  const lines = readLines(join(folder, "open.ndjson"));
  const detailed = lines.filter(({ detail }) => detail);
  assert.equal(detailed.length, 7);
  for (const { case_id, detail } of detailed) assert.equal(detail.case_id, case_id);
  const newest = lines
    .map(({ case_id }) => case_id)
    .sort()
    .reverse()
    .slice(0, 7);
  assert.deepEqual(
    detailed
      .map(({ case_id }) => case_id)
      .sort()
      .reverse(),
    newest,
  );
  assert.match(stderr, /7 details; \d+ cases without/);
});

test("details that an interrupted export has read are not requested again, unless their case has changed or they are damaged", async () => {
  const budget = await serve(options);
  const folder = temporaryFolder();
  const file = join(folder, "open.ndjson");
  const args = ["export", ...target, "--open", "--details", "40", "--out", "open.ndjson", ...budget.connection];
  const asked = () =>
    budget.requests.splice(0).flatMap(({ path }) => /\/details\/case_id\/(\d+)/.exec(path)?.[1] ?? path);
  /** Runs it until a number of details was answered. */
  const interruptedAfter = async (count, signal) => {
    const { child, ended } = start(args, { env: budget.env, cwd: folder });
    let left = count;
    budget.behaviour.change = ({ path }, respond) => {
      if (!path.includes("/details/") || left-- > 0) return respond();
      // A second signal would end it at once.
      if (left === -1) child.kill(signal);
      return new Promise(() => {});
    };
    const { code, stderr } = await ended;
    if (signal === "SIGINT")
      assert.deepEqual([code, /Interrupted; the same command/.test(stderr)], [130, true], stderr);
    const read = readFileSync(`${file}.details`, "utf8").split("\n").slice(0, -1);
    return read.map((line) => JSON.parse(line).case_id);
  };
  // The last ones are answered, but not yet written: some are requested at the same time.
  const first = await interruptedAfter(20, "SIGINT");
  assert.ok(first.length > 3);
  asked();
  const second = await interruptedAfter(10, "SIGKILL");
  assert.deepEqual(second.slice(0, first.length), first);
  assert.ok(
    asked().every((id) => !first.includes(id) && !id.startsWith("/case")),
    "neither lists nor details are requested again",
  );
  // A case that has changed since its details were read, and a line that was not written to its end.
  const partial = readFileSync(`${file}.partial`, "utf8").split("\n");
  const at = partial.findIndex((line) => line.includes(`"${second[1]}"`));
  partial[at] = partial[at].replace(/"updated_date":"\d{4}/, '"updated_date":"2031');
  const state = JSON.parse(readFileSync(`${file}.partial.json`, "utf8"));
  writeFileSync(`${file}.partial`, partial.join("\n"));
  assert.equal(statSync(`${file}.partial`).size, state.bytes);
  const details = readFileSync(`${file}.details`, "utf8").split("\n");
  writeFileSync(`${file}.details`, [...details.slice(0, second.length - 1), details.at(-2).slice(0, 50)].join("\n"));
  budget.behaviour.change = (_request, respond) => respond();
  assert.match((await run(args, { env: budget.env, cwd: folder })).stderr, /40 details; \d+ cases without/);
  const last = asked().filter((id) => !id.startsWith("/"));
  assert.equal(last.length, 40 - (second.length - 2), "the budget is that of all runs");
  assert.ok(last.includes(second[1]) && last.includes(second.at(-1)) && !last.includes(second[0]));
  const detailed = readLines(file).filter(({ detail }) => detail);
  assert.equal(detailed.length, 40);
  for (const { case_id, detail } of detailed) assert.equal(detail.case_id, case_id);
  assert.deepEqual(readdirSync(folder), ["open.ndjson"]);
});

test("a redacted export has no name, user id or address of the cases, and the same pseudonym for the same person", async () => {
  const folder = temporaryFolder();
  const secret = { CISCO_CASE_REDACT_SECRET: "a synthetic secret of the test" };
  await output(["export", ...target, "--redact", "--out", "cases.ndjson", ...service.connection], {
    env: { ...service.env, ...secret },
    cwd: folder,
  });
  const text = readFileSync(join(folder, "cases.ndjson"), "utf8");
  for (const { contact_name, user_id } of truth) {
    if (contact_name.length > 3) assert.ok(!text.includes(JSON.stringify(contact_name).slice(1, -1)), contact_name);
    if (user_id.length > 3) assert.ok(!text.includes(`"${user_id}"`), user_id);
  }
  const pseudonyms = new Map();
  for (const [index, line] of readLines(join(folder, "cases.ndjson"))
    .sort((a, b) => (a.case_id < b.case_id ? -1 : 1))
    .entries()) {
    const { user_id, case_id } = truth.find((one) => one.case_id === line.case_id);
    assert.equal(case_id, ids[index]);
    assert.equal(pseudonyms.get(user_id) ?? line.user_id, line.user_id);
    pseudonyms.set(user_id, line.user_id);
  }
});

test("an export in a terminal shows a bar and ends with a line that stays", async () => {
  const folder = temporaryFolder();
  const slow = await serve({
    ...options,
    change: async (_request, respond) => {
      await new Promise((resolve) => setTimeout(resolve, 40));
      return respond();
    },
  });
  const { code, drawn } = await runInTerminal(["export", ...target, "--out", "cases.ndjson", ...slow.connection], {
    env: slow.env,
    cwd: folder,
    columns: 100,
  });
  assert.equal(code, 0, drawn);
  assert.match(drawn, /█░* +\d+ % {2}\d+ cases, \d+ requests, about .* left/);
  assert.match(drawn, /\d+ cases written to cases\.ndjson/);
});

test("parts that an interrupted export could not read are missing from the one that continues it, too", async () => {
  const folder = temporaryFolder();
  const refusing = await serve(options);
  const args = ["export", ...target, "--open", "--details", "10", "--out", "open.ndjson", ...refusing.connection];
  const refuse = ({ path }, respond) =>
    path.includes(contract_ids[0])
      ? new Response("{}", { status: 403, headers: { "content-type": "application/json" } })
      : respond();
  const { child, ended } = start(args, { env: refusing.env, cwd: folder });
  let isEnding = false;
  refusing.behaviour.change = (request, respond) => {
    if (!request.path.includes("/details/")) return refuse(request, respond);
    // A second signal would end it at once.
    if (!isEnding) child.kill("SIGINT");
    isEnding = true;
    return new Promise(() => {});
  };
  assert.match((await ended).stderr, /Interrupted; the same command continues/);
  refusing.requests.splice(0);
  refusing.behaviour.change = refuse;
  const { code, stderr } = await run(args, { env: refusing.env, cwd: folder });
  assert.match(stderr, new RegExp(`^missing ${contract_ids[0]}`, "m"));
  assert.equal(stderr.match(/^missing /gm).length, 1, stderr);
  assert.equal(code, 7, stderr);
  assert.deepEqual(
    refusing.requests.filter(({ path }) => path.includes("/contract_ids/")),
    [],
    "no list is requested again",
  );
});
