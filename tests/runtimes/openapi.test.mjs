// The schemas and the OpenAPI description, checked by public validators, and against the real requests and responses of
// the sandbox and results of the client.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import * as client from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";

const tools = createRequire(process.env.TOOLS);
const { Ajv2020 } = tools("ajv/dist/2020.js");
const addFormats = tools("ajv-formats");
const { Validator } = await import(pathToFileURL(tools.resolve("@seriousme/openapi-schema-validator")));
const own = createRequire(import.meta.url);

const description = own("cisco-support-case/openapi.json");
const { ERROR_TABLE, LIMITS } = client;

/** Each schema in strict mode, by its name such as `wire/CaseSummaryResponse`. */
const root = join(own.resolve("cisco-support-case/package.json"), "..", "schema");
const schemas = Object.fromEntries(
  readdirSync(root).flatMap((group) => {
    const names = readdirSync(join(root, group)).map((name) => `${group}/${name.replace(".json", "")}`);
    return names.map((name) => [name, own(`cisco-support-case/schema/${name}.json`)]);
  }),
);
const ajv = addFormats.default(new Ajv2020({ strict: true, allErrors: true }));
const validators = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, ajv.compile(schema)]));

function valid(name, value, note = "") {
  const validate = validators[name];
  assert.ok(validate(value), `${name} ${note}: ${ajv.errorsText(validate.errors)}`);
}

function invalid(name, value, note) {
  assert.ok(!validators[name](value), `${name} takes ${note}`);
}

const copy = (value, change) => {
  const other = structuredClone(value);
  change(other);
  return other;
};

const HOST = "https://sandbox.invalid";
const AUTHORIZED = { headers: { Authorization: "Bearer anything" } };
const get = (sandbox, path) => sandbox.fetch(`${HOST}/case/v3${path}`, AUTHORIZED);

/** The four routes, with the schemas of their responses and of the client's results. */
const ROUTES = {
  caseSummary: ["wire/CaseSummaryResponse", "decoded/CaseSummaryResult", client.decodeCaseSummary],
  caseDetails: ["wire/CaseDetailsResponse", "decoded/CaseDetail", client.decodeCaseDetails],
  casesByContract: ["wire/CasesPageResponse", "decoded/CasesPageData", client.decodeCasesPage],
  casesByUser: ["wire/CasesPageResponse", "decoded/CasesPageData", client.decodeCasesPage],
};

test("a public validator accepts the description, and the sandbox's, as OpenAPI 3.1", async () => {
  const sandbox = await createSandbox();
  const { openapi } = sandbox.info();
  const served = await sandbox.fetch(HOST + openapi);
  assert.match(served.headers.get("content-type"), /^application\/json/);
  const theirs = await served.json();
  for (const document of [description, theirs]) {
    const validator = new Validator();
    const { valid: is, errors } = await validator.validate(structuredClone(document));
    assert.ok(is, JSON.stringify(errors));
    assert.equal(validator.version, "3.1");
    // All references resolve.
    validator.resolveRefs();
  }
  const broken = copy(description, (it) => delete it.info.version);
  assert.equal((await new Validator().validate(broken)).valid, false);
  assert.deepEqual(
    theirs.servers.map(({ url }) => url),
    [sandbox.baseUrl],
  );
  const { tokenUrl } = theirs.components.securitySchemes.clientCredentials.flows.clientCredentials;
  assert.equal(tokenUrl, sandbox.tokenUrl);
  assert.deepEqual(theirs.paths, description.paths);
  assert.deepEqual(
    description.servers.map(({ url }) => url),
    ["https://apix.cisco.com/case/v3"],
  );
});

test("the sandbox serves its description to GET and HEAD only, and not after it is freed", async () => {
  const sandbox = await createSandbox();
  const address = `${HOST}/__sandbox/openapi.json?from=somewhere`;
  const head = await sandbox.fetch(address, { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  const post = await sandbox.fetch(address, { method: "POST" });
  assert.deepEqual([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
  assert.equal(sandbox.info().requests.received, 0);
  assert.equal((await sandbox.fetch(`${HOST}/__sandbox/openapi.jso`)).status, 596);
  sandbox.free();
  await assert.rejects(sandbox.fetch(address), /closed by free/);
});

test("every example in the description is valid against its schema", () => {
  const all = addFormats.default(new Ajv2020({ strict: true, strictSchema: false }));
  const { components } = description;
  let seen = 0;
  const check = (media, place) => {
    const examples = Object.values(media.examples ?? {}).map(({ value }) => value);
    for (const example of [...examples, ...("example" in media ? [media.example] : [])]) {
      const validate = all.compile({ ...media.schema, components });
      assert.ok(validate(example), `${place}: ${all.errorsText(validate.errors)}`);
      seen += 1;
    }
  };
  for (const [path, { get: operation }] of Object.entries(description.paths)) {
    for (const parameter of operation.parameters) check(parameter, `${path} ${parameter.name}`);
    check(operation.responses[200].content["application/json"], path);
  }
  for (const [name, { content }] of Object.entries(components.responses)) {
    for (const [type, media] of Object.entries(content)) check(media, `${name} ${type}`);
  }
  // Two for each route, one for each row, and 401 and 429.
  assert.equal(seen, 4 * 2 + ERROR_TABLE.length + 2);
});

test("responses of the sandbox on the four routes, and the client's records, match the description", async () => {
  for (const seed of [1, 2, 3]) {
    const sandbox = await createSandbox({ cases: 2000, seed, movesPerHour: 3600 });
    sandbox.advance(3_600_000);
    const { contract_ids, user_ids, case_ids } = sandbox.info();
    const lists = [
      "",
      "?page_index=2",
      "?page_index=99999",
      "?sort_by=&status_flag=O",
      "?sort_by=STATUS&status_flag=C",
    ];
    const dates = "?date_created_from=2026-05-01T00:00:00Z&date_created_to=2026-05-01T02:00:00.000Z";
    const examples = [
      ...case_ids.map((id) => ["caseDetails", `/cases/details/case_id/${id}`]),
      ["caseSummary", `/cases/case_ids/${case_ids.join(",")}?sort_by=STATUS`],
      ["caseSummary", `/cases/case_ids/${case_ids[0]},1`],
      ...[...lists, dates].flatMap((query) => [
        ["casesByContract", `/cases/contracts/contract_ids/${contract_ids.slice(0, 10).join(",")}${query}`],
        ["casesByUser", `/cases/users/user_ids/${user_ids[0]}${query}`],
      ]),
      ["casesByContract", "/cases/contracts/contract_ids/nowhere"],
    ];
    for (const [route, path] of examples) {
      const [wire, decoded, decode] = ROUTES[route];
      const response = await get(sandbox, path);
      const bytes = new Uint8Array(await response.arrayBuffer());
      assert.equal(response.status, 200, path);
      valid(wire, JSON.parse(new TextDecoder().decode(bytes)), path);
      valid(decoded, decode(bytes), path);
    }
  }
});

test("imported cases of every shape match the description", async () => {
  const sandbox = await createSandbox({ cases: 1 });
  const long = (length) => "é".repeat(length);
  const odd = [
    {
      severity: 1,
      status: "Closed",
      close_date: "2026-05-01T00:00:00Z",
      title: long(240),
      notes: [{ note_detail: long(32767), note: "" }],
    },
    {
      severity: "4",
      status: "Waiting for Parts",
      status_flag: "O",
      bugs: [],
      rmas: ["1"],
      extra: { crashinfo: { a: [1] }, rma_numbers: [] },
    },
    { notes: [{}], contact_email_ids: ["a@example.invalid"], contract_id: "7" },
  ];
  for (const [index, one] of odd.entries()) {
    const case_id = `61234567${index}`;
    sandbox.put({ case_id, ...one });
    for (const [route, path] of [
      ["caseDetails", `/cases/details/case_id/${case_id}`],
      ["caseSummary", `/cases/case_ids/${case_id}`],
    ]) {
      const [wire, decoded, decode] = ROUTES[route];
      const bytes = new Uint8Array(await (await get(sandbox, path)).arrayBuffer());
      valid(wire, JSON.parse(new TextDecoder().decode(bytes)), case_id);
      valid(decoded, decode(bytes), case_id);
    }
  }
});

test("undocumented values are invalid", async () => {
  const sandbox = await createSandbox();
  const body = async (path) => await (await get(sandbox, path)).json();
  const summary = await body("/cases/case_ids/682299374");
  const details = await body("/cases/details/case_id/682299374");
  const page = await body("/cases/contracts/contract_ids/1234567");
  const one = (change) => copy(summary, (it) => change(it.cases[0]));
  const detail = (change) => copy(details, (it) => change(it.caseDetail));
  const record = (change) => copy(page, (it) => change(it.pagination_response_record));
  const wrong = [
    ["wire/CaseSummaryResponse", one((it) => delete it.case_id), "a case without its id"],
    ["wire/CaseSummaryResponse", one((it) => (it.case_id = "")), "an empty id"],
    ["wire/CaseSummaryResponse", one((it) => delete it.severity), "a case without severity"],
    ["wire/CaseSummaryResponse", one((it) => (it.severity = "5")), "severity 5"],
    ["wire/CaseSummaryResponse", one((it) => (it.severity = 0)), "severity 0"],
    ["wire/CaseSummaryResponse", one((it) => (it.title = "x".repeat(241))), "a title too long"],
    ["wire/CaseSummaryResponse", one((it) => (it.status = "x".repeat(151))), "a status too long"],
    ["wire/CaseSummaryResponse", one((it) => (it.status_flag = "X")), "a flag that is none"],
    ["wire/CaseSummaryResponse", one((it) => (it.creation_date = "2023-02-29T00:00:00Z")), "a day that is none"],
    ["wire/CaseSummaryResponse", one((it) => (it.rmas = "800012345")), "a text for a list"],
    ["wire/CaseSummaryResponse", one((it) => (it.bugs = [true])), "a list of something else"],
    ["wire/CaseSummaryResponse", one((it) => (it.item_entry_id = "1")), "a text for a number"],
    ["wire/CaseSummaryResponse", copy(summary, (it) => delete it.cases), "no cases"],
    ["wire/CaseSummaryResponse", copy(summary, (it) => delete it.count), "no count"],
    ["wire/CaseSummaryResponse", copy(summary, (it) => (it.cases = [null])), "null for a case"],
    ["wire/CaseDetailsResponse", {}, "no details"],
    ["wire/CaseDetailsResponse", { caseDetail: [] }, "a list of details"],
    ["wire/CaseDetailsResponse", detail((it) => (it.owner_email = "x".repeat(31))), "an address too long"],
    ["wire/CaseDetailsResponse", detail((it) => (it.notes = [{ note_detail: "x".repeat(32768) }])), "a note too long"],
    ["wire/CaseDetailsResponse", detail((it) => (it.notes = ["text"])), "a text for a note"],
    ["wire/CasesPageResponse", copy(page, (it) => delete it.pagination_response_record), "no pagination record"],
    ["wire/CasesPageResponse", record((it) => delete it.last_index), "no last page"],
    ["wire/CasesPageResponse", record((it) => (it.total_records = -1)), "fewer than none"],
    ["wire/CasesPageResponse", copy(page, (it) => it.cases.push(it.cases[0])), "101 cases"],
    ["wire/ErrorResponse", summary, "an answer"],
    ["wire/ErrorResponse", { ErrorResponse: { APIError: [] } }, "an error of nothing"],
    ["wire/TokenResponse", { token_type: "Bearer", expires_in: 3600 }, "no token"],
    ["wire/TokenErrorResponse", { token_type: "Bearer" }, "no error"],
  ];
  for (const [name, value, note] of wrong) invalid(name, value, note);
  const given = client.decodeCaseDetails(new TextEncoder().encode(JSON.stringify(details)));
  invalid(
    "decoded/CaseDetail",
    copy(given, (it) => delete it.notes),
    "a record without one of its fields",
  );
  invalid(
    "decoded/CaseDetail",
    copy(given, (it) => (it.status_flag = "O")),
    "a field of another record",
  );
  invalid(
    "decoded/CaseDetail",
    copy(given, (it) => (it.severity = "3")),
    "severity as text",
  );
  invalid(
    "decoded/CaseDetail",
    copy(given, (it) => (it.severity = 0)),
    "severity 0",
  );
  invalid(
    "decoded/CaseDetail",
    copy(given, (it) => (it.close_date = "")),
    "an empty date",
  );
});

test("every error response of the sandbox matches the description", async () => {
  const sandbox = await createSandbox();
  const numbers = new Map();
  const faults = ERROR_TABLE.map(({ status, code }) => {
    const name = `${status}:${code}`;
    numbers.set(name, (numbers.get(name) ?? 0) + 1);
    return [`${name}#${numbers.get(name)}`, status];
  });
  const operations = Object.values(description.paths).map((path) => path.get);
  for (const [name, status] of [...faults, ["not_authorized_401", 401], ["over_rate_429", 429], ["html_error", 502]]) {
    sandbox.clearFaults();
    sandbox.fault(name);
    const response = await get(sandbox, "/cases/case_ids/682299374");
    assert.equal(response.status, status, name);
    for (const { responses } of operations) assert.ok(responses[status], `${name}: ${status} is described`);
    const { content, headers } = description.components.responses[`Error${status}`];
    const type = response.headers.get("content-type").split(";")[0];
    assert.ok(content[type], `${name}: ${type} is described`);
    for (const header of ["x-mashery-message-id", "x-mashery-error-code", "retry-after"]) {
      const described = Object.keys(headers).some((known) => known.toLowerCase() === header);
      if (response.headers.has(header)) assert.ok(described, `${name}: ${header} is described`);
    }
    const body = await response.text();
    if (type === "application/json") valid("wire/ErrorResponse", JSON.parse(body), name);
  }
  sandbox.clearFaults();
  sandbox.fault("api_error_200");
  for (let round = 0; round < 2; round += 1) {
    valid("wire/ErrorResponse", await (await get(sandbox, "/cases/case_ids/682299374")).json(), "with status 200");
  }
});

test("responses of the token endpoint match the description", async () => {
  const sandbox = await createSandbox();
  const sendRequest = async (form) =>
    await (await sandbox.fetch(sandbox.tokenUrl, { method: "POST", body: new URLSearchParams(form) })).json();
  const form = { grant_type: "client_credentials", client_id: "portal", client_secret: "s3cret" };
  valid("wire/TokenResponse", await sendRequest(form));
  for (const refused of [{ ...form, client_id: "bad" }, { ...form, grant_type: "password" }, {}]) {
    valid("wire/TokenErrorResponse", await sendRequest(refused), JSON.stringify(refused));
  }
});

test("documented fixtures are valid", () => {
  const documents = {
    "case-details": "caseDetails",
    "case-summary": "caseSummary",
    "cases-by-contract": "casesByContract",
    "cases-by-user": "casesByUser",
    "empty-list-has-one-page": "casesByUser",
    "missing-text-comes-in-three-ways": "caseSummary",
    "odd-records-beside-a-good-one": "caseSummary",
    "open-case-has-no-close-date": "caseDetails",
    "pagination-of-six-pages": "casesByContract",
  };
  const found = readdirSync(process.env.FIXTURES).filter((name) => name.endsWith(".json"));
  assert.deepEqual(found.map((name) => name.replace(".json", "")).sort(), Object.keys(documents).sort());
  for (const [name, route] of Object.entries(documents)) {
    const bytes = readFileSync(join(process.env.FIXTURES, `${name}.json`));
    const [wire, decoded, decode] = ROUTES[route];
    const document = JSON.parse(bytes);
    if (name === "pagination-of-six-pages") document.cases ??= [];
    if (name.startsWith("odd-")) invalid(wire, document, name);
    else valid(wire, document, name);
    // Every record has the same shape, even with missing fields.
    valid(decoded, decode(new TextEncoder().encode(JSON.stringify(document))), name);
  }
});

test("parameters are valid against their schema exactly if the rules accept them", () => {
  const checks = {
    CaseSummaryParams: client.checkCaseSummary,
    CaseDetailsParams: client.checkCaseDetails,
    CasesByContractParams: client.checkCasesByContract,
    CasesByUserParams: client.checkCasesByUser,
  };
  const ids = (count) => Array.from({ length: count }, (_, index) => `${index}`);
  const lists = [
    {},
    { status_flag: "O" },
    { status_flag: "C", sort_by: "STATUS", page_index: 99_999 },
    { sort_by: "", status_flag: null },
    { date_created_from: "2026-01-01T00:00:00Z", date_created_to: "2026-01-02T00:00:00.000+02:00" },
    { page_index: null },
    { status_flag: "open" },
    { sort_by: "CREATED" },
    { page_index: 0 },
    { page_index: 100_000 },
    { page_index: 1.5 },
    { date_created_from: "2026-01-01" },
    { date_created_to: "2023-02-29T00:00:00Z" },
    { status: "O" },
    { status_flag: 1 },
  ];
  const odd = ["a b", "a,b", "a/b", "a\\b", "..", ".", "", "a\u0000", 5, null];
  const tried = {
    CaseSummaryParams: [
      {},
      { case_ids: [] },
      { case_ids: ids(LIMITS.case_ids) },
      { case_ids: ids(LIMITS.case_ids + 1) },
      { case_ids: "1" },
      { case_ids: ["x".repeat(64)] },
      { case_ids: ["x".repeat(65)] },
      ...odd.map((id) => ({ case_ids: [id] })),
      { case_ids: ["1"], sort_by: "UPDATED_DATE" },
      { case_ids: ["1"], page_index: 1 },
    ],
    CaseDetailsParams: [
      {},
      { case_id: "612345678" },
      { case_id: ["612345678"] },
      ...odd.map((case_id) => ({ case_id })),
    ],
    CasesByContractParams: [
      ...lists.map((more) => ({ contract_ids: ["1"], ...more })),
      { contract_ids: ids(10) },
      { contract_ids: ids(11) },
      { contract_ids: ["x".repeat(120)] },
      { contract_ids: ["x".repeat(121)] },
    ],
    CasesByUserParams: [
      ...lists.map((more) => ({ user_ids: ["u.ser@example.invalid"], ...more })),
      { user_ids: ids(10) },
      { user_ids: ids(11) },
      { user_ids: ["x".repeat(50)] },
      { user_ids: ["x".repeat(51)] },
    ],
  };
  let [right, wrong] = [0, 0];
  for (const [name, check] of Object.entries(checks)) {
    for (const params of tried[name]) {
      const problems = check(params);
      assert.equal(
        validators[`params/${name}`](params),
        problems.length === 0,
        `${name} ${JSON.stringify(params)}: ${JSON.stringify(problems)}`,
      );
      if (problems.length === 0) right += 1;
      else wrong += 1;
    }
  }
  assert.ok(right > 15 && wrong > 30, `${right} ${wrong}`);
});

test("requests of the client match the description", async () => {
  const sandbox = await createSandbox({ cases: 500 });
  const sent = [];
  const fetch = (url, init) => {
    sent.push(new URL(url));
    return sandbox.fetch(url, init);
  };
  const cases = new client.CaseClient({
    fetch,
    baseUrl: sandbox.baseUrl,
    token: "any",
    rateLimit: { perSecond: 0, perDay: 0 },
  });
  const { contract_ids, user_ids, case_ids } = sandbox.info();
  const range = { date_created_from: new Date("2026-03-01"), date_created_to: "2026-05-01T00:00:00.000Z" };
  await cases.caseSummary({ case_ids, sort_by: "STATUS" });
  await cases.caseDetails({ case_id: case_ids[0] });
  await cases.casesByContract({
    contract_ids: contract_ids.slice(0, 10),
    ...range,
    status_flag: "C",
    sort_by: "UPDATED_DATE",
  });
  await cases.casesByUser({ user_ids: [user_ids[0], "ü %?#&"].map((id) => id.replace(" ", "")), page_index: 2 });
  await cases.casesByUser({ user_ids: user_ids.slice(0, 10) }).toArray({ limit: 10_000 });
  for await (const one of cases.allCases({
    contract_ids,
    date_created_from: "2025-01-01T00:00:00Z",
    date_created_to: "2026-06-01T00:00:00Z",
  }))
    assert.ok(one);
  for await (const one of cases.changes({ contract_ids, status_flag: "O" })) assert.ok(one);
  for await (const one of cases.allDetails(case_ids)) assert.ok(one);
  assert.ok(sent.length > 30, String(sent.length));

  const strict = addFormats.default(new Ajv2020({ strict: true, coerceTypes: false }));
  const routes = Object.entries(description.paths).map(([path, { get: operation }]) => {
    const [route, name] = /^(.*)\{(.*)\}$/.exec(path).slice(1);
    const parameters = operation.parameters.map((parameter) => ({
      ...parameter,
      validate: strict.compile(parameter.schema),
    }));
    return { route, name, parameters };
  });
  const seen = new Set();
  for (const { pathname, searchParams } of sent) {
    const path = pathname.replace("/case/v3", "");
    const { route, name, parameters } = routes.find((one) => path.startsWith(one.route));
    // Style "simple": commas separate encoded values.
    const values = path.slice(route.length).split(",").map(decodeURIComponent);
    const given = { ...Object.fromEntries(searchParams), [name]: values };
    for (const [key, value] of Object.entries(given)) {
      const { schema, validate } = parameters.find((parameter) => parameter.name === key) ?? {};
      assert.ok(validate, `${key} is a parameter of ${route}`);
      const typed = schema.type === "integer" ? Number(value) : schema.type === "array" ? value : String(value);
      assert.ok(validate(typed), `${key}=${value}: ${strict.errorsText(validate.errors)}`);
      seen.add(`${route}${key}`);
    }
  }
  const described = routes.flatMap(({ route, parameters }) =>
    parameters.map((parameter) => `${route}${parameter.name}`),
  );
  // Both lists have the same parameters.
  const byUser = described.filter(
    (one) => one.startsWith("/cases/users/") && !seen.has(one.replace("users/user_ids/", "contracts/contract_ids/")),
  );
  assert.deepEqual(
    described.filter((one) => !seen.has(one) && !one.startsWith("/cases/users/")),
    [],
  );
  assert.deepEqual(byUser, ["/cases/users/user_ids/user_ids"]);
});
