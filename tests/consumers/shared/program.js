// The calls of every project here: the four calls, a failing one, and a bulk call. It only reports the results; the
// matrix knows the expected ones. Import it before the package, since it counts the modules instantiated from then on.

let modules = 0;

/**
 * Counts an instance with these imports if it is of the package's wasm. Runtimes and frameworks have modules of their
 * own.
 */
function count(imports) {
  if (imports && ("./client_bg.js" in imports || "./bulk_bg.js" in imports)) modules += 1;
}

const { Instance, instantiate, instantiateStreaming } = WebAssembly;
WebAssembly.Instance = new Proxy(Instance, {
  construct(...args) {
    const instance = Reflect.construct(...args);
    count(args[1][1]);
    return instance;
  },
});
WebAssembly.instantiate = async (...args) => {
  const result = await instantiate.apply(WebAssembly, args);
  count(args[1]);
  return result;
};
if (instantiateStreaming) {
  WebAssembly.instantiateStreaming = async (...args) => {
    const result = await instantiateStreaming.apply(WebAssembly, args);
    count(args[1]);
    return result;
  };
}

/** Makes the calls; returns a report that JSON can represent. */
export async function fourCalls({ CaseClient, isCaseApiError }, options) {
  try {
    const client = new CaseClient({ token: "synthetic", ...options });
    const summary = await client.caseSummary({ case_ids: ["682299374", "681425141"] });
    const details = await client.caseDetails({ case_id: "682299374" });
    const byContract = await client.casesByContract({ contract_ids: ["1234567"], status_flag: "C" });
    const byUser = await client.casesByUser({ user_ids: ["directcust4"] });
    const failure = await client.caseDetails({ case_id: "699999999999" }).catch((error) => error);
    return {
      summary: { count: summary.count, ids: summary.cases.map((one) => one.case_id).sort() },
      details: { id: details.case_id, title: details.title, severity: details.severity, notes: details.notes.length },
      byContract: listed(byContract),
      byUser: listed(byUser),
      failure: { known: isCaseApiError(failure), name: failure.name, kind: failure.kind, code: failure.code },
      modules,
      bulk: await inBulk(client),
    };
  } catch (error) {
    return { error: errorReport(error) };
  }
}

/** The first bulk call, which loads the bulk module. */
async function inBulk(client) {
  const ids = [];
  try {
    for await (const { case_id } of client.allCases({ case_ids: ["682299374", "681425141"] })) ids.push(case_id);
    return { ids: ids.sort(), modules };
  } catch (error) {
    return { error: errorReport(error) };
  }
}

const errorReport = ({ name, code, message, advice, cause }) => ({ name, code, message, advice, cause: String(cause) });

function listed({ pagination_response_record: { total_records, page_records }, cases }) {
  return { total: total_records, here: page_records, first: cases[0].case_id, objects: cases.length };
}
