// What the commands write: tables on terminals, whole values elsewhere, and nothing broken when a reader leaves.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { test } from "node:test";
import { LIMITED, output, PROGRAM, run, runInTerminal, serve, start, withoutSequences } from "./harness.mjs";

const service = await serve({ cases: 3000, seed: 7, titles: "varied" });
const { sandbox, connection, env } = service;
const contract_ids = sandbox.info({ holders: 3000 }).contract_ids;
const every = ["--contract", contract_ids.slice(0, 40).join(","), "--created-from", "2020-01-01", ...connection];
const cases = (...args) => output(["cases", ...every, ...args], { env });

test("a table fits the terminal at every width, with borders that align for wide characters", async () => {
  sandbox.put({
    case_id: "699000001",
    contract_id: contract_ids[0],
    title: "漢字の件名 👩‍👩‍👧 e\u0301 Østprøve ".repeat(8),
    status: "Cisco Pending",
    severity: 1,
    updated_date: "2026-06-01T11:59:59Z",
    creation_date: "2026-05-01T00:00:00Z",
  });
  for (const columns of [40, 80, 120, 200]) {
    const { code, drawn } = await runInTerminal(["cases", ...every, "--open", "--limit", "12"], { columns, env });
    assert.equal(code, 0, drawn);
    const lines = withoutSequences(drawn)
      .split("\n")
      .map((line) => line.trimEnd())
      .filter((line) => /^(CASE|6|7)\d*/.test(line));
    assert.equal(lines.length, 13, drawn);
    const { default: width } = await import("string-width");
    for (const line of lines) assert.ok(width(line) <= columns, `${width(line)} of ${columns}: ${line}`);
    assert.ok(drawn.includes("\u001b[1m"), "the head is bold");
    assert.match(drawn, /12 of \d+ cases; --limit shows more/);
  }
});

test("off a terminal rows are whole, separated by tabs, without colours and cut ids", async () => {
  const text = await cases("--limit", "5000", "--columns", "case_id,title,bugs,updated_date");
  const [head, ...rows] = text
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  assert.deepEqual(head, ["CASE", "TITLE", "BUGS", "UPDATED"]);
  const { total, cases: records } = JSON.parse(await cases("--json", "--limit", "5000"));
  assert.equal(rows.length, total);
  assert.ok(total > 500);
  assert.deepEqual(
    rows.map(([case_id]) => case_id),
    records.map(({ case_id }) => case_id),
  );
  assert.ok(!text.includes("\u001b"));
});

test("JSON has the total, lines of JSON and CSV have every case, in the order of the query", async () => {
  const query = ["--severity", "1,2", "--sort", "severity,-updated_date", "--not-status", "Closed"];
  const json = JSON.parse(await cases(...query, "--json", "--limit", "3"));
  assert.equal(json.cases.length, 3);
  const lines = (await cases(...query, "--ndjson"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(lines.length, json.total);
  assert.deepEqual(lines.slice(0, 3), json.cases);
  for (const { severity, status } of lines) assert.ok(severity <= 2 && status !== "Closed");
  const csv = await cases(...query, "--csv", "--columns", "case_id,severity");
  assert.deepEqual(csv.trimEnd().split("\r\n"), [
    "case_id,severity",
    ...lines.map(({ case_id, severity }) => `${case_id},${severity}`),
  ]);
  const next = JSON.parse(await cases(...query, "--json", "--limit", "3", "--offset", "3"));
  assert.deepEqual(next.cases, lines.slice(3, 6));
});

test("a window of CSV, and columns that it cannot have, are refused before anything is read", async () => {
  const sent = service.requests.length;
  const twice = await run(["cases", ...every, "--csv", "--columns", "case_id,case_id"], { env });
  assert.deepEqual([twice.code, service.requests.length], [2, sent], twice.stderr);
  assert.match(twice.stderr, /no name twice/);
  for (const args of [
    ["--limit", "3"],
    ["--offset", "1"],
    ["--query", '{"limit":3}'],
  ]) {
    const { code, stderr } = await run(["cases", ...every, "--csv", ...args], { env });
    assert.deepEqual([code, service.requests.length], [2, sent], stderr);
    assert.match(stderr, /--csv writes all matching cases/);
  }
});

test("a query as JSON is the base that options add to", async () => {
  const one = JSON.parse(await cases("--query", '{"where":{"severity":3}}', "--open", "--json", "--limit", "9999"));
  const two = JSON.parse(await cases("--severity", "3", "--open", "--json", "--limit", "9999"));
  assert.ok(one.total > 0);
  assert.deepEqual([one.total, one.cases], [two.total, two.cases]);
});

test("a reader that leaves early ends the program without an error, every time", async () => {
  for (let round = 0; round < 20; round += 1) {
    const { child, ended } = start(["cases", "--sandbox", "--created-from", "2020-01-01", "--ndjson"]);
    await once(child.stdout, "data");
    child.stdout.destroy();
    const { code, stderr } = await ended;
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /EPIPE|Error| at /);
  }
});

for (const args of [[], ["--help"], ["cases", "--help"], ["--version"]]) {
  test(`a reader that has gone before ${JSON.stringify(args)} is answered is no error`, async () => {
    const { child, ended } = start(args);
    child.stdout.destroy();
    const { code, stderr } = await ended;
    assert.deepEqual([code, stderr], [0, ""]);
  });
}

test("an output that cannot be written is an error", {
  skip: process.platform !== "linux" && "no /dev/full",
}, async () => {
  for (const args of [["--ndjson"], ["--csv"], ["--json"], ["--limit", "1"]]) {
    const script = '"$0" "$@" > /dev/full';
    const command = spawn("sh", ["-c", script, process.execPath, PROGRAM, "cases", "--sandbox", ...args], {
      env: { PATH: process.env.PATH },
      ...LIMITED,
    });
    const chunks = [];
    command.stderr.on("data", (chunk) => chunks.push(chunk));
    const [code] = await once(command, "close");
    const text = Buffer.concat(chunks).toString();
    assert.equal(code, 1, text);
    assert.match(text, /cisco-support-case: .*no space left on device/);
    assert.doesNotMatch(text, / at /);
  }
});

test("a slow reader gets everything", async () => {
  const { child, ended } = start([
    "cases",
    "--sandbox",
    "--sandbox-cases",
    "20000",
    "--created-from",
    "2020-01-01",
    "--ndjson",
    "--quiet",
  ]);
  child.stdout.pause();
  await once(child.stdout, "readable");
  child.stdout.resume();
  const { code, stdout } = await ended;
  assert.equal(code, 0);
  const lines = stdout.trimEnd().split("\n");
  const all = JSON.parse(
    await output([
      "cases",
      "--sandbox",
      "--sandbox-cases",
      "20000",
      "--created-from",
      "2020-01-01",
      "--json",
      "--limit",
      "0",
    ]),
  );
  assert.equal(lines.length, all.total);
  assert.ok(stdout.length > 4_000_000 && stdout.endsWith("\n"));
});

test("escape sequences and controls of direction of titles and notes never reach a terminal or a log", async () => {
  const hostile =
    "\u001b]52;c;cm0gLXJm\u0007 \u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007 \u009b2J \u202etxet \u2066x \rover";
  sandbox.put({
    case_id: "699000002",
    contract_id: contract_ids[0],
    title: hostile,
    status: "Cisco Pending",
    severity: 1,
    creation_date: "2026-05-01T00:00:00Z",
    updated_date: "2026-06-01T11:59:58Z",
    notes: [
      {
        note: hostile,
        note_detail: `${hostile}\nsecond`,
        created_by: hostile.slice(0, 20),
        creation_date: "2026-05-02T00:00:00Z",
      },
    ],
  });
  const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
  const table = await cases("--open", "--limit", "500");
  assert.doesNotMatch(table, controls);
  assert.match(table, /<U\+001B>\]52/);
  const text = await output(["case", "699000002", "--full", ...connection], { env });
  assert.doesNotMatch(text, controls);
  assert.match(text, /second/);
  const { drawn } = await runInTerminal(["case", "699000002", ...connection], { env });
  assert.doesNotMatch(withoutSequences(drawn), controls);
  const json = await output(["case", "699000002", "--json", ...connection], { env });
  assert.equal(JSON.parse(json)[0].title, hostile, "JSON has the text as it is");
  assert.doesNotMatch(json, /[\u0000-\u0009\u000b-\u001f]/);
});

test("cases are shown in the given order, a missing one is named, and the others are shown", async () => {
  const [first, second, third] = sandbox.info().case_ids;
  const { code, stdout, stderr } = await run(
    ["case", `${third}, ${first};100000009`, second, first, "--ndjson", ...connection],
    { env },
  );
  assert.equal(code, 4);
  assert.deepEqual(
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).case_id),
    [third, first, second],
  );
  assert.match(stderr, /not found 100000009/);
  const piped = await run(["case", "-", "--json", ...connection], { env, input: `Hello,\n${first} and ${second}\n` });
  assert.equal(piped.code, 0);
  assert.equal(piped.stderr, "Words without a digit are left out: 2.\n", "each would be a request");
  assert.equal(JSON.parse(piped.stdout).length, 2);
});

test("notes are folded, and whole with --full", async () => {
  const note_detail = ["one", "> quoted", "", "", "two", "three", "four", "five", "six"].join("\r\n");
  sandbox.put({
    case_id: "699000003",
    title: "Folded",
    notes: [{ note: "", note_detail, created_by: "synthetic", creation_date: "2026-05-02T00:00:00Z" }],
  });
  const folded = await output(["case", "699000003", ...connection], { env });
  assert.match(folded, / {2}one\n\n {2}two\n {2}three\n {2}… 5 more lines; --full shows all/);
  const full = await output(["case", "699000003", "--full", ...connection], { env });
  assert.match(full, / {2}one\n {2}> quoted\n\n\n {2}two\n {2}three\n {2}four\n {2}five\n {2}six\n/);
});

test("an overview has the same counts as a table and as JSON", async () => {
  const json = JSON.parse(await output(["overview", ...every, "--json"], { env }));
  const text = await output(["overview", ...every], { env });
  assert.ok(text.startsWith(`${json.total} cases, ${json.open} open\n`), text);
  for (const { severity, status, open, closed } of json.bySeverityAndStatus) {
    assert.ok(text.includes(`${severity ?? "-"}\t${status}\t${open}\t${closed}\n`), status);
  }
  const [first, second] = json.ageing;
  assert.ok(
    text.includes(
      `\nless than ${first.toDays}\t${first.count}\n${second.fromDays} to ${second.toDays - 1}\t${second.count}\n`,
    ),
  );
  for (const { week, opened } of json.weeks) assert.ok(text.includes(`${week}\t${opened}\t`));
  assert.doesNotMatch(text, /undefined|null|NaN/);
});

test("progress is a bar with the time left on a terminal, absent with --quiet, and never on standard output", async () => {
  const slow = await serve({
    cases: 2000,
    seed: 7,
    change: async (_request, respond) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return respond();
    },
  });
  const args = [
    "cases",
    "--contract",
    slow.sandbox.info().contract_ids.slice(0, 30).join(","),
    "--created-from",
    "2025-01-01",
    "--limit",
    "1",
    ...slow.connection,
  ];
  const { code, drawn } = await runInTerminal(args, { env: slow.env, columns: 100 });
  assert.equal(code, 0, drawn);
  assert.match(drawn, /█+░* +\d+ % {2}\d+ cases, \d+ requests, about \d+ s left/);
  assert.ok(drawn.includes("\r\u001b[K"), "the bar is removed");
  const piped = await run(args, { env: slow.env });
  assert.doesNotMatch(piped.stderr + piped.stdout, /█/);
  const quiet = await run([...args, "--quiet"], { env: slow.env });
  assert.equal(quiet.stderr, "");
  const verbose = await run([...args, "--verbose"], { env: slow.env });
  assert.match(verbose.stderr, /> http:\/\/127\.0\.0\.1:\d+\/case\/v3\/cases\/contracts/);
  assert.doesNotMatch(verbose.stderr, /synthetic-secret|Bearer/);
});

test("an interrupted program says so by its exit code, and ends although requests are under way", async () => {
  const hanging = await serve({
    change: (request, respond) => (request.path.startsWith("/oauth2") ? respond() : new Promise(() => {})),
  });
  for (const [signal, expected] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ]) {
    const before = hanging.requests.length;
    const { child, ended } = start(["cases", "--contract", "1234567", "--open", ...hanging.connection], {
      env: hanging.env,
    });
    while (hanging.requests.length < before + 2) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill(signal);
    const { code, stdout, stderr } = await ended;
    assert.equal(code, expected, stderr);
    assert.equal(stdout, "");
    assert.doesNotMatch(stderr, / at |Error/);
  }
});

test("a program that waits for standard input is ended by a signal", async () => {
  const child = spawn(process.execPath, [PROGRAM, "cases", "--contracts", "-", ...connection], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["pipe", "ignore", "pipe"],
    ...LIMITED,
  });
  const stderr = [];
  child.stderr.on("data", (chunk) => stderr.push(String(chunk)));
  const closed = once(child, "close");
  child.stdin.on("error", () => {});
  // More than a pipe holds: when it is written, the program reads.
  await new Promise((resolve) => child.stdin.write("123456789\n".repeat(1_000_000), resolve));
  child.kill("SIGINT");
  assert.deepEqual([await closed, stderr.join("")], [[130, null], ""]);
});

test("every kind of error has its exit code, a sentence for the user and no stack trace", async () => {
  for (const [fault, expected] of [
    ["not_authorized_401", 3],
    ["over_rate", 5],
    ["garbage_json", 6],
    ["API_UNAVAILABLE", 6],
    ["INVALID_SORT_OPTION", 2],
    ["reset", 6],
  ]) {
    const faulty = await serve();
    faulty.sandbox.fault(fault);
    const { code, stderr } = await run(["case", faulty.sandbox.info().case_ids[0], ...faulty.connection], {
      env: faulty.env,
    });
    assert.equal(code, expected, `${fault}: ${stderr}`);
    assert.match(stderr, /^cisco-support-case: .+\n/);
    assert.doesNotMatch(stderr, /\n +at /);
  }
});

test("a list that cannot be read is named, the others are written, and the exit code says that something is missing", async () => {
  const [whole, broken] = contract_ids;
  const partly = await serve({
    cases: 3000,
    seed: 7,
    change: (request, respond) =>
      request.path.includes(broken)
        ? new Response('{"errorCode":"INVALID_CUSTOMERID"}', {
            status: 403,
            headers: { "content-type": "application/json" },
          })
        : respond(),
  });
  const { code, stdout, stderr } = await run(
    ["cases", "--contract", `${whole},${broken}`, "--open", "--ndjson", ...partly.connection],
    { env: partly.env },
  );
  assert.equal(code, 7, stderr);
  assert.match(stderr, new RegExp(`missing ${broken}`));
  assert.ok(stdout.length > 0);
});

test("the cases of contracts are those of the given users in any case", async () => {
  const some = ["--contract", contract_ids.slice(0, 9).join(","), "--created-from", "2026-01-01", ...connection];
  const read = async (...args) => JSON.parse(await output([...args, ...some, "--json"], { env }));
  const { cases: found } = await read("cases", "--limit", "5000");
  const { user_id } = found.find((one) => one.user_id !== "");
  const expected = found.filter((one) => one.user_id.toLowerCase() === user_id.toLowerCase());
  for (const spelling of [user_id.toLowerCase(), user_id.toUpperCase()]) {
    for (const command of ["cases", "overview"]) {
      assert.equal((await read(command, "--user", spelling)).total, expected.length);
    }
  }
});
