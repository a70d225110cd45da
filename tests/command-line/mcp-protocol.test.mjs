// The protocol of the MCP server: every revision, the schemas of its tools, and standard output that belongs to it alone.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { run, serve } from "./harness.mjs";
import { callTool, connect, connectOld, failTool, MODERN, startLines } from "./mcp-harness.mjs";

const modern = await connect(["--sandbox"]);
const { tools } = await modern.listTools();

test("clients of both generations and both eras list the same, and call a tool", async () => {
  const old = await connectOld(["--sandbox"]);
  const legacy = await connect(["--sandbox"], { mode: "legacy" });
  const automatic = await connect(["--sandbox"], { mode: "auto" });
  assert.equal(modern.getNegotiatedProtocolVersion(), MODERN);
  assert.equal(automatic.getNegotiatedProtocolVersion(), MODERN);
  assert.equal(legacy.getNegotiatedProtocolVersion(), "2025-11-25");
  for (const client of [old, legacy, automatic]) {
    assert.deepEqual((await client.listTools()).tools, tools);
    const { prompts } = await client.listPrompts();
    assert.deepEqual(
      prompts.map(({ name }) => name),
      ["shift_handover", "weekly_review", "investigate_case"],
    );
    const { errors } = await callTool(client, "explain_error", { code: "CASE_NOTFOUND" });
    assert.equal(errors[0].code, "CASE_NOTFOUND");
  }
});

test("every older revision is answered with itself, an unknown one with one that the server speaks", async () => {
  for (const [asked, answered] of [
    ["2024-11-05", "2024-11-05"],
    ["2025-03-26", "2025-03-26"],
    ["2025-06-18", "2025-06-18"],
    ["2025-11-25", "2025-11-25"],
    ["1999-01-01", "2025-11-25"],
  ]) {
    const server = startLines(["--sandbox"]);
    const { result } = await server.initialize(asked);
    assert.equal(result.protocolVersion, answered);
    assert.equal(result.serverInfo.name, "cisco_cases");
    const { result: listed } = await server.request("tools/list", {});
    assert.equal(listed.tools.length, tools.length);
    server.child.stdin.end();
    assert.deepEqual(await server.exited, { code: 0, signal: null });
  }
});

/** The faults of a schema: what some client does not accept. */
function faultsOf(schema, path, isRoot = false) {
  const faults = [];
  const fault = (text) => faults.push(`${path}: ${text}`);
  const known = ["type", "description", "properties", "required", "additionalProperties", "items", "enum"];
  const bounds = ["minimum", "maximum", "maxLength", "maxItems"];
  for (const name of Object.keys(schema)) if (![...known, ...bounds].includes(name)) fault(`has ${name}`);
  if (!["object", "array", "string", "integer", "number", "boolean"].includes(schema.type)) fault("has no single type");
  if (isRoot && schema.type !== "object") fault("is no object");
  if (schema.type === "array") faults.push(...faultsOf(schema.items ?? {}, `${path}[]`));
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (!member.description) fault(`${name} has no description`);
    faults.push(...faultsOf(member, `${path}.${name}`));
  }
  for (const name of schema.required ?? []) if (!schema.properties?.[name]) fault(`requires the unknown ${name}`);
  return faults;
}

test("the schemas of tools are in the dialect that every client accepts", () => {
  assert.ok(tools.length <= 10);
  for (const { name, title, description, inputSchema, outputSchema, annotations } of tools) {
    assert.match(name, /^[a-z_]{1,24}$/);
    assert.ok(title && description.length < 400, name);
    assert.doesNotMatch(JSON.stringify(inputSchema) + description, /365/, "--created-from sets another first day");
    assert.deepEqual(faultsOf(inputSchema, name, true), []);
    assert.deepEqual(faultsOf(outputSchema, name, true), []);
    assert.ok(Object.keys(outputSchema.properties).length > 0, name);
    const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = annotations;
    assert.deepEqual([readOnlyHint, destructiveHint, idempotentHint], [true, false, true], name);
    assert.equal(openWorldHint, !["explain_error", "server_status"].includes(name), name);
  }
  // What an assistant reads of every tool, in each conversation.
  const size = JSON.stringify(tools.map(({ outputSchema: _output, ...tool }) => tool)).length;
  assert.ok(size < 23_000, `${size} characters`);
});

test("the guide has every tool and prompt", async () => {
  const guide = readFileSync(new URL("../../www/guide/mcp.md", import.meta.url), "utf8");
  const rows = [...guide.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(rows.toSorted(), tools.map(({ name }) => name).toSorted());
  for (const { title } of (await modern.listPrompts()).prompts)
    assert.match(guide, new RegExp(title.replace("Investigate", "investigation of"), "i"));
});

test("the lint of schemas notices what clients do not accept", () => {
  for (const schema of [
    { type: "array", items: { type: "string" } },
    { type: "object", anyOf: [{ required: ["a"] }] },
    { type: "object", properties: { a: { $ref: "#/$defs/a", description: "A." } } },
    { type: "object", properties: { a: { type: ["string", "null"], description: "A." } } },
    { type: "object", properties: { a: { type: "string", format: "uri", description: "A." } } },
    { type: "object", properties: { a: { type: "string" } } },
  ]) {
    assert.notDeepEqual(faultsOf(schema, "schema", true), [], JSON.stringify(schema));
  }
});

test("arguments that clients send as text are converted where the schema leaves no doubt", async () => {
  const expected = await callTool(modern, "search_cases", {
    where: { severity: [1, 2], status_flag: ["O"] },
    sort: [{ by: "severity" }],
    limit: 5,
  });
  assert.ok(expected.total > 5);
  for (const args of [
    { where: '{"severity":[1,2],"status_flag":["O"]}', sort: '[{"by":"severity"}]', limit: "5" },
    { where: { severity: ["1", "2"], status_flag: "O" }, sort: { by: "severity" }, limit: 5, not: null, cursor: null },
    { where: { severity: "[1,2]", status_flag: '["O"]' }, sort: [{ by: "severity" }], limit: "5" },
  ]) {
    const found = await callTool(modern, "search_cases", args);
    assert.deepEqual(found.cases, expected.cases);
  }
  // A number stays the text that it is: an id keeps its zeros.
  const { results } = await callTool(modern, "check_ids", { ids: ["00713"], look_up: "false" });
  assert.deepEqual(results, [{ case_id: "00713", verdict: "valid" }]);
});

test("wrong arguments are errors that name the argument, what was expected and what came", async () => {
  for (const [name, args, message] of [
    ["search_cases", { where: { sevrity: 1 } }, /where\.sevrity: expected one of status_flag, severity/],
    ["search_cases", { where: { severity: [7] } }, /where\.severity\[0\]: expected one of 1, 2, 3, 4, got 7/],
    ["search_cases", { where: "severity 1" }, /where: expected an object, got "severity 1"/],
    ["search_cases", { limit: 0 }, /limit: expected a number of at least 1, got 0/],
    ["search_cases", { where: { updated: { from: "soon" } } }, /where\.updated\.from: expected a date .*got "soon"/],
    ["search_cases", { sort: [{ order: "desc" }] }, /sort\[0\]\.by: missing/],
    ["search_cases", { cursor: "" }, /cursor: expected the next_cursor of a result of search_cases/],
    ["search_cases", { cursor: "bm9uZSAw.AAAAAAAAAAAAAAAAAAAAAA" }, /again without a cursor/],
    ["read_case", {}, /case_id: missing/],
    ["read_case", { case_id: "999999999" }, /not found|does not exist|no such/i],
    ["list_changes", { since: "x.y" }, /since: expected a date/],
    ["list_changes", { since: "bm9uZSAw.AAAAAAAAAAAAAAAAAAAAAA" }, /continue_from is too old, or of another server/],
    ["related_cases", {}, /expected one of case_id, serial_number, bug and rma/],
    ["check_ids", {}, /expected at least one case number/],
    ["explain_error", {}, /code: missing/],
  ]) {
    assert.match(await failTool(modern, name, args), message, JSON.stringify(args));
  }
});

test("resources, templates, prompts and completion are served as announced", async () => {
  const { cases } = await callTool(modern, "search_cases", { where: { status_flag: ["O"] }, limit: 3 });
  const { resources } = await modern.listResources();
  assert.ok(resources.length > 0 && resources.length <= 50);
  for (const { uri, name } of resources) assert.equal(uri, `case://${name}`);
  const { resourceTemplates } = await modern.listResourceTemplates();
  assert.deepEqual(
    resourceTemplates.map(({ uriTemplate }) => uriTemplate),
    ["case://{case_id}", "case://{case_id}/notes/{cursor}"],
  );
  const [{ case_id }] = cases;
  const { contents } = await modern.readResource({ uri: `case://${case_id}` });
  assert.equal(JSON.parse(contents[0].text).case.case_id, case_id);
  await assert.rejects(modern.readResource({ uri: "case://999999999" }), ({ code }) => code === -32602);
  const { messages } = await modern.getPrompt({ name: "investigate_case", arguments: { case_id } });
  assert.ok(messages[0].content.text.includes(case_id));
  await assert.rejects(modern.getPrompt({ name: "investigate_case", arguments: {} }), /case_id/);
  for (const ref of [
    { type: "ref/prompt", name: "investigate_case" },
    { type: "ref/resource", uri: "case://{case_id}" },
  ]) {
    const argument = { name: "case_id", value: case_id.slice(0, 4) };
    const { completion } = await modern.complete({ ref, argument });
    assert.ok(completion.values.includes(case_id) && completion.values.length <= 100);
    for (const id of completion.values) assert.ok(id.startsWith(case_id.slice(0, 4)));
  }
});

test("completion of ids begins to read cases by itself", async () => {
  const client = await connect(["--sandbox"]);
  const ref = { type: "ref/prompt", name: "investigate_case" };
  const { completion } = await client.complete({ ref, argument: { name: "case_id", value: "" } });
  assert.ok(completion.values.length > 50);
});

test("standard output has lines of JSON-RPC only, also on faults", async () => {
  const service = await serve({ cases: 200 });
  service.behaviour.change = () => new Response("<html>broken</html>", { status: 500 });
  const contract = service.sandbox.info().contract_ids[0];
  const args = ["--contract", contract, "--verbose", ...service.connection];
  const server = startLines(args, { env: { ...service.env, NODE_DEBUG: "fetch", FORCE_COLOR: "1" } });
  await server.initialize();
  const { result } = await server.call("search_cases", {});
  assert.ok(result.isError);
  server.child.stdin.write("no json\n");
  assert.ok((await server.request("no/such/method", {})).error);
  server.child.stdin.end();
  await server.exited;
  for (const line of server.lines) assert.equal(JSON.parse(line).jsonrpc, "2.0");
  assert.match(server.stderr(), /search_cases: /);
});

test("a server that cannot start says why on standard error, with exit code 2", async () => {
  for (const [args, message] of [
    [["--contract", "1"], /no credentials: set CISCO_CLIENT_ID/],
    [["--sandbox", "--contracts", "-"], /standard input belongs to the protocol/],
    [
      ["--sandbox", "--http"],
      /expected a token of at least 16 letters, digits and -\._~\+\/ in CISCO_CASE_MCP_TOKEN, or --issuer/,
    ],
    [["--sandbox", "--http", "--issuer", "https://login.example"], /--issuer: expected --gateway/],
    [["--sandbox", "--http", "--url", "ftp://x"], /--url: expected an address with https:/],
    [
      ["--http", "--gateway", "https://portal.example", "--issuer", "https://login.example", "--state", "s"],
      /--state does not apply/,
    ],
    [["--sandbox", "--port", "4021"], /--port applies to --http only/],
    [["--sandbox", "--issuer", "https://login.example"], /--issuer applies to --http only/],
    [["--sandbox", "--open"], /unknown option '--open'/],
    [["--sandbox", "--contract", "1", "--user", "a"], /contracts and users exclude each other/],
  ]) {
    const { code, stdout, stderr } = await run(["mcp", ...args]);
    assert.deepEqual([code, stdout], [2, ""], stderr);
    assert.match(stderr, message);
  }
});
