// Helpers of a page or a worker that loads the package: copies of it at different addresses, and errors as plain data.

const window = globalThis;

/** Loads an entry by its file: without a bundler a page cannot resolve package names. */
window.load = (copy, entry = "entry/browser") => import(`/${copy}/${entry}.js`);

/** Returns the error of a function as data, or its result as `value`. */
window.outcomeOf = async (work) => {
  try {
    return { value: await work() };
  } catch (error) {
    const { name, kind, code, message, advice, hint, retryable, cause } = error ?? {};
    return { name, kind, code, message, advice, hint, retryable, cause: cause === undefined ? null : String(cause) };
  }
};

/** Returns the window of another page of this site, in a frame of this one. */
window.openFrame = async () => {
  const frame = document.createElement("iframe");
  frame.src = "/";
  await new Promise((done) => {
    frame.addEventListener("load", done);
    document.body.append(frame);
  });
  return frame.contentWindow;
};

/** Creates a client of a named service that responds at once with no cases. `hosts` are the requested hosts. */
window.hosts = [];
window.clientOf = ({ CaseClient }, name = "service") =>
  new CaseClient({
    baseUrl: `https://${name}.invalid/case/v3`,
    token: "synthetic",
    fetch: async (url) => {
      window.hosts.push(new URL(url).host);
      return new Response('{"count":0,"cases":[]}', { headers: { "content-type": "application/json" } });
    },
  });

/** Creates a client of a service that responds to every request with this status and body. */
window.clientWithResponse = ({ CaseClient }, status, body, options) =>
  new CaseClient({
    baseUrl: "https://service.invalid/case/v3",
    token: "synthetic",
    fetch: async () => new Response(body, { status }),
    ...options,
  });

/** Reads two cases in bulk, with responses at once; returns their ids. */
window.allCases = async ({ CaseClient }, options) => {
  const client = new CaseClient({
    baseUrl: "https://service.invalid/case/v3",
    token: "synthetic",
    fetch: async () => {
      const cases = ["612345678", "612345679"].map((case_id) => ({ case_id, severity: "3" }));
      const body = JSON.stringify({ count: 2, cases });
      return new Response(body, { headers: { "content-type": "application/json" } });
    },
  });
  const ids = [];
  for await (const { case_id } of client.allCases({ case_ids: ["612345678", "612345679"] }, options)) ids.push(case_id);
  return ids.sort();
};

/** Sends a request at once: a call begins when it is awaited. */
window.requestSummary = async (client) => client.caseSummary({ case_ids: ["612345678"] });

/** Runs the cases of a misbehaving environment. Returns the name of each, and its error message or null. */
window.environmentFailures = async () => {
  const [api, { cases }] = [await window.load("a"), await import("/runtimes/environment-failures/cases.mjs")];
  await api.ready();
  const outcomes = [];
  for (const { name, run } of cases) {
    outcomes.push([
      name,
      await run(api).then(
        () => null,
        // The stack of WebKit lacks the message.
        (error) => [error, error?.cause, error?.stack].filter(Boolean).map(String).join("\n"),
      ),
    ]);
  }
  return outcomes;
};
