// What the program says about itself. UPDATE=1 writes the pages of help/.

import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { spawnSync } from "node:child_process";
import { output, PACKAGE, PROJECT_FOLDER, run, runInTerminal, serve, source, temporaryFolder } from "./harness.mjs";

const COMMANDS = ["case", "cases", "overview", "export", "changes", "doctor", "mcp", "sandbox", "completion"];

for (const command of ["", ...COMMANDS]) {
  test(`the help of ${command || "the program"} is as it was reviewed`, async () => {
    const text = await output([...(command ? [command] : []), "--help"]);
    const file = new URL(`help/${command || "program"}.txt`, import.meta.url);
    if (process.env.UPDATE) writeFileSync(file, text);
    assert.equal(text, readFileSync(file, "utf8"), "UPDATE=1 writes the page anew");
    assert.ok(text.includes("Examples:"), "with examples");
    for (const line of text.split("\n")) assert.ok(line.length <= 140, line);
  });
}

test("every command is in the list of commands", async () => {
  const listed = [...(await output(["--help"])).matchAll(/^ {2}([a-z]+) [[<]/gm)].map(([, name]) => name);
  assert.deepEqual(listed, [...COMMANDS, "help"]);
});

test("the help of a command is that of its option", async () => {
  assert.equal(await output(["help", "cases"]), await output(["cases", "--help"]));
  assert.equal(await output(["help"]), await output(["--help"]));
});

test("the version is that of the package", async () => {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));
  assert.equal(await output(["--version"]), `${version}\n`);
});

test("a wrong command line is named, with exit code 2 and nothing on standard output", async () => {
  for (const [args, message] of [
    [["caes"], /unknown command 'caes' \(Did you mean one of case, cases\?/],
    [["cases", "--severty", "1"], /unknown option '--severty' \(Did you mean --severity\?/],
    [["help", "caes"], /unknown command 'caes' \(Did you mean one of case, cases\?/],
    [
      ["cases", "--sandbox", "--severity", "5"],
      /--severity <numbers>' argument '5' is invalid\. Expected numbers from 1 to 4\./,
    ],
    [["cases", "--sandbox", "--sort", "tilte"], /'tilte' is invalid\. Expected one of updated_date,/],
    [["cases", "--sandbox", "--columns", "foo"], /--columns: expected some of case_id, .*got "foo"/],
    [["cases", "--sandbox", "--json", "--csv"], /--json, --ndjson and --csv exclude each other/],
    [["cases", "--sandbox", "--query", "{"], /--query: expected a CaseQuery as JSON/],
    [["cases", "--sandbox", "--query", '{"where":{"sevrity":1}}'], /sevrity/],
    [["cases", "--sandbox", "--since", "yesterday"], /--since: expected a date/],
    [["cases", "--sandbox", "--since", "999999w"], /--since: expected a date such as .* got "999999w"/],
    [["cases", "--sandbox", "--contract", "a/b"], /--contract\[0\]: expected one contract id without slash/],
    [
      ["cases", "--sandbox", "--created-from", "2026-05-01", "--created-to", "2026-04-01"],
      /--created-to \(with --created-from\): expected a date at or after --created-from \(2026-05-01/,
    ],
    [["cases", "--sandbox", "--open", "--closed"], /--open and --closed exclude each other/],
    [["cases", "--sandbox", "--limit", "-1"], /--limit <number>' argument '-1' is invalid/],
    [["cases", "--gateway", "https://portal.example", "--open"], /no contracts or users/],
    [["cases", "--contract", "1"], /no credentials: set CISCO_CLIENT_ID/],
    [["cases", "--sandbox", "--gateway", "https://portal.example"], /--gateway does not apply to --sandbox/],
    [["cases", "--gateway", "https://a.example", "--base-url", "https://b.example"], /exclude each other/],
    [
      ["cases", "--gateway", "http://portal.example", "--contract", "1"],
      /^cisco-support-case: --gateway: expected an https URL \(http only on localhost or with --allow-http\), got "http:\/\/portal\.example"$/m,
    ],
    [["case"], /missing required argument 'ids'/],
    [["case", "--sandbox", "  ,"], /no case ids/],
    [["export", "--sandbox"], /required option '--out <file>' not specified/],
    [["export", "--sandbox", "--out", "cases.xlsx"], /--out: expected a name that ends in \.ndjson or \.csv/],
    [["changes", "--sandbox", "--state", "s", "--older", "some"], /--older: expected all or rotate, got "some"/],
    [
      ["changes", "--sandbox", "--state", "s", "--contract", "1", "--user", "x"],
      /contracts and users exclude each other/,
    ],
    [["overview", "--sandbox", "--sort", "title"], /unknown option '--sort'/],
    [
      ["doctor", "--sandbox", "--contract", "a/b"],
      /--contract: contract_ids\[0\]: expected one contract id without slash/,
    ],
    [["completion", "tcsh"], /shell: expected one of bash, zsh, fish, powershell, got "tcsh"/],
    [["sandbox", "--port", "70000"], /--port <port>' argument '70000' is invalid/],
    [["sandbox", "--auth", "none"], /auth/],
    [["sandbox", "--fault", "no_such_fault"], /no_such_fault/],
  ]) {
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 2, `${args.join(" ")}: ${stderr}`);
    assert.equal(stdout, "", args.join(" "));
    assert.match(stderr, message, args.join(" "));
    assert.doesNotMatch(stderr, /\n +at /, "no stack trace");
    assert.doesNotMatch(stderr, /^Reading cases/m, "nothing is read");
  }
});

test("the program runs from a folder with blanks and umlauts, through links", async () => {
  const folder = join(temporaryFolder(), "mit Leerzeichen ü");
  mkdirSync(folder);
  cpSync(PROJECT_FOLDER("node_modules"), join(folder, "node_modules"), { recursive: true, verbatimSymlinks: true });
  const link = join(folder, "prögram");
  symlinkSync(join(folder, "node_modules/cisco-support-case/cli/main.js"), link);
  for (const program of [join(folder, "node_modules/cisco-support-case/cli/main.js"), link]) {
    const text = await output(["cases", "--sandbox", "--open", "--limit", "1"], { program });
    assert.equal(text.split("\n").length, 3, text);
  }
});

test("the scripts of completion are valid in the shells that are installed here", {
  skip: !existsSync("/bin/bash") && "no bash",
}, async () => {
  const script = await output(["completion", "bash"]);
  const complete = (words) => {
    const cword = words.length - 1;
    const ask = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${cword}; _cisco_support_case; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr, status } = spawnSync("/bin/bash", ["-c", `${script}\n${ask}`], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    return stdout.trim().split("\n");
  };
  assert.deepEqual(complete(["cisco-support-case", ""]), [...COMMANDS, "help", "--help", "--version"]);
  assert.deepEqual(complete(["cisco-support-case", "ca"]), ["case", "cases"]);
  assert.ok(complete(["cisco-support-case", "cases", "--sev"]).includes("--severity"));
  assert.deepEqual(complete(["cisco-support-case", "case", "--qui"]), ["--quiet"]);
  for (const shell of ["zsh", "fish", "powershell"]) {
    const text = await output(["completion", shell]);
    for (const command of COMMANDS) assert.ok(text.includes(command), `${shell}: ${command}`);
  }
});

const { completionScript } = await source("completion.ts");
const HOSTILE = "it's \\ [left: 'inner'] \"quoted\" $HOME `run` \u2019\u2018 last\\";
const hostileScript = (shell) =>
  completionScript(shell, "cisco-support-case", [
    { name: "cases", summary: HOSTILE, options: [{ name: "--first", description: HOSTILE, takesFile: true }] },
  ]);

test("texts stay within the quotes of the scripts of completion", () => {
  for (const [shell, quoted] of [
    ["zsh", /'[^']*'|\\'|"[^"]*"/g],
    ["fish", /'(?:[^'\\]|\\.)*'/g],
    ["powershell", /['\u2018-\u201b](?:[^'\u2018-\u201b]|['\u2018-\u201b]{2})*['\u2018-\u201b]|"[^"]*"/g],
  ]) {
    const lines = hostileScript(shell)
      .split("\n")
      .filter((line) => !line.startsWith("#"));
    assert.ok(lines.some((line) => line.includes("last")));
    for (const line of lines) {
      // What a shell reads as code has neither a quote nor a part of the text.
      const code = line.replaceAll(quoted, "");
      assert.doesNotMatch(code, /['\u2018-\u201b"`]|\b(left|inner|quoted|run|last)\b/, `${shell}: ${line}`);
    }
  }
});

test("zsh reads the script of completion with its texts as they are", {
  skip: spawnSync("zsh", ["--version"]).status !== 0 && "no zsh",
}, async () => {
  const read = (script, words) => {
    const stubs = 'compdef() { : }\n_arguments() { print -rl -- "$@" }\n_describe() { print -rl -- $commands }';
    const ask = `words=(cisco-support-case ${words}); CURRENT=$#words; _cisco_support_case`;
    const { stdout, stderr } = spawnSync("zsh", ["-f", "-c", `${stubs}\n${script}\n${ask}`], { encoding: "utf8" });
    assert.equal(stderr, "");
    return stdout.replaceAll(/\\(.)/g, "$1").split("\n");
  };
  assert.ok(read(hostileScript("zsh"), "cases ''").includes(`*--first[${HOSTILE}]:file:_files`));
  assert.ok(read(hostileScript("zsh"), "''").includes(`cases:${HOSTILE}`));
  const script = await output(["completion", "zsh"]);
  for (const command of COMMANDS) assert.ok(read(script, "''").some((line) => line.startsWith(`${command}:`)));
  assert.ok(read(script, "cases ''").some((line) => line.startsWith("*--severity[")));
});

test("fish reads the script of completion with its texts as they are", {
  skip: spawnSync("fish", ["--version"]).status !== 0 && "no fish",
}, async () => {
  const complete = (script, words) => {
    const env = { PATH: process.env.PATH, HOME: temporaryFolder(), LC_ALL: "C.UTF-8" };
    const ask = `${script}\ncomplete -C 'cisco-support-case ${words}'`;
    const { stdout, stderr } = spawnSync("fish", ["--no-config", "-c", ask], { encoding: "utf8", env });
    assert.equal(stderr, "");
    return stdout.split("\n");
  };
  assert.ok(complete(hostileScript("fish"), "cases --").includes(`--first\t${HOSTILE}`));
  assert.ok(complete(hostileScript("fish"), "").includes(`cases\t${HOSTILE}`));
  const script = await output(["completion", "fish"]);
  for (const command of COMMANDS) assert.ok(complete(script, "").some((line) => line.startsWith(`${command}\t`)));
  assert.ok(complete(script, "cases --").some((line) => line.startsWith("--severity\t")));
});

test("case numbers that were shown in a terminal are completed without starting the program", {
  skip: !existsSync("/bin/bash") && "no bash",
}, async () => {
  const service = await serve({ cases: 200 });
  const home = temporaryFolder();
  const env = { ...service.env, HOME: home };
  const contract = service.sandbox.info().contract_ids[0];
  const args = ["cases", "--contract", contract, "--created-from", "2020-01-01", "--limit", "5", ...service.connection];
  const file = join(home, ".local/state/cisco-support-case/case-ids");
  const { code, drawn } = await runInTerminal(args, { env: { ...env, CISCO_CASE_NO_HISTORY: "1" } });
  assert.equal(code, 0, drawn);
  await output(args, { env });
  await runInTerminal(["cases", "--sandbox", "--limit", "5"], { env });
  assert.equal(existsSync(file), false, "nothing is remembered if that is off, outside of terminals, and of a sandbox");
  await runInTerminal(args, { env });
  const shown = readFileSync(file, "utf8").trim().split("\n");
  assert.equal(shown.length, 5);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  await runInTerminal(["case", shown[3], ...service.connection], { env });
  const ids = readFileSync(file, "utf8").trim().split("\n");
  assert.deepEqual(ids, [shown[3], ...shown.filter((id) => id !== shown[3])], "the last shown is first");
  const script = await output(["completion", "bash"]);
  const ask = `COMP_WORDS=(cisco-support-case case '${ids[0].slice(0, 3)}'); COMP_CWORD=2; _cisco_support_case; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("/bin/bash", ["-c", `PATH=; ${script}\n${ask}`], {
    encoding: "utf8",
    env: { HOME: home },
  });
  assert.deepEqual([stderr, stdout.trim().split("\n")], ["", ids.filter((id) => id.startsWith(ids[0].slice(0, 3)))]);
});
