// What a page has at hand that loads the package: copies of it, at addresses of their own, and errors as plain data. Workers
// have it as well.

const window = globalThis;

/** By the files of the entries: a page without a bundler has no names for them. */
window.load = (copy, entry = "entry/browser") => import(`/${copy}/${entry}.js`);

/** An error as data; anything else says that there was none. */
window.told = async (work) => {
  try {
    return { value: await work() };
  } catch (error) {
    const { name, kind, code, message, advice, hint, retryable, cause } = error ?? {};
    return { name, kind, code, message, advice, hint, retryable, cause: cause === undefined ? null : String(cause) };
  }
};

/** The window of another page of this site, in a frame of this one. */
window.framed = async () => {
  const frame = document.createElement("iframe");
  frame.src = "/";
  await new Promise((done) => {
    frame.addEventListener("load", done);
    document.body.append(frame);
  });
  return frame.contentWindow;
};

/** A client of a service by this name, which is answered at once and with no case; `hosts` are those that were asked. */
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

/** A client of a service that answers everything with this status and body. */
window.answered = ({ CaseClient }, status, body, options) =>
  new CaseClient({
    baseUrl: "https://service.invalid/case/v3",
    token: "synthetic",
    fetch: async () => new Response(body, { status }),
    ...options,
  });

/** A bulk read of two cases, which are answered at once; gives their ids. */
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

/** Asks at once: a call begins when it is awaited. */
window.ask = async (client) => client.caseSummary({ case_ids: ["612345678"] });

/** Runs the cases of clients whose surroundings misbehave; of each its name, and what was wrong or null. */
window.exchanges = async () => {
  const [api, { cases }] = [await window.load("a"), await import("/runtimes/environment-failures.mjs")];
  await api.ready();
  const outcomes = [];
  for (const { name, run } of cases) {
    outcomes.push([
      name,
      await run(api).then(
        () => null,
        (error) => String(error?.stack ?? error),
      ),
    ]);
  }
  return outcomes;
};
