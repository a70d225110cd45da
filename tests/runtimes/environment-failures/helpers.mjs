// Test doubles and assertions of these cases.

export const ids = ["612345678"];
export const EMPTY = '{"count":0,"cases":[]}';

export const equal = (found, wanted, what) => {
  if (!Object.is(found, wanted)) throw new Error(`${what}: expected ${String(wanted)}, got ${String(found)}`);
};
export const same = (found, wanted, what) => equal(JSON.stringify(found), JSON.stringify(wanted), what);
export const truly = (condition, what) => {
  if (!condition) throw new Error(what);
};
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
export const respond = (body = EMPTY, status = 200, headers = {}) => new Response(body, { status, headers });
export const buffer = (text) => new TextEncoder().encode(text).buffer;
export const isPage = typeof document === "object";

/** Returns the rejection of a promise, which must be an error of this package. */
export async function failure({ isCaseApiError }, call, what) {
  const error = await call.then(
    () => {
      throw new Error(`${what} resolved`);
    },
    (error) => error,
  );
  if (!isCaseApiError(error)) throw error;
  return error;
}

/** Makes a summary call with a given `fetch`. */
export const summary = ({ CaseClient }, fetch, options = {}, call = undefined) =>
  new CaseClient({ fetch, ...options }).caseSummary({ case_ids: ids }, call);

export const errorOf = (api, fetch, options, call, what = String(fetch)) =>
  failure(api, summary(api, fetch, options, call), what);

/** A detached buffer. */
export function detached() {
  const gone = new ArrayBuffer(8);
  structuredClone(gone, { transfer: [gone] });
  return gone;
}

/** A test double of a response, with given members in place of the defaults. */
export const double = (members = {}) => {
  const usual = { status: 200, headers: new Headers(), arrayBuffer: async () => new ArrayBuffer(2) };
  return Object.defineProperties(usual, Object.getOwnPropertyDescriptors(members));
};

/** A service whose list has five cases, two per page. */
export function listOf(requestedPages) {
  return async (url) => {
    const index = Number(new URL(url).searchParams.get("page_index") ?? 1);
    requestedPages.push(index);
    const cases = ["1", "2", "3", "4", "5"]
      .slice(index * 2 - 2, index * 2)
      .map((id) => ({ case_id: id, severity: "3", updated_date: `2024-01-01T00:00:0${id}.000Z` }));
    const record = { last_index: 3, page_index: index, page_records: cases.length, total_records: 5 };
    return respond(JSON.stringify({ pagination_response_record: record, cases }));
  };
}

/** A signal that counts its listeners. */
export function counted() {
  const controller = new AbortController();
  const { signal } = controller;
  const counts = { now: 0, most: 0 };
  const [add, remove] = [signal.addEventListener, signal.removeEventListener].map((method) => method.bind(signal));
  signal.addEventListener = (...args) => {
    counts.now += 1;
    counts.most = Math.max(counts.most, counts.now);
    add(...args);
  };
  signal.removeEventListener = (...args) => {
    counts.now -= 1;
    remove(...args);
  };
  return { controller, signal, counts };
}

/** A window or a context with classes of its own. */
export function realm() {
  if (!isPage) return process.getBuiltinModule("node:vm").runInNewContext("globalThis");
  const frame = document.createElement("iframe");
  document.body.append(frame);
  return frame.contentWindow;
}

export const CREDENTIALS = { clientId: "synthetic", clientSecret: "hidden", tokenUrl: "https://id.example/token" };

/** A `fetch` that grants tokens and accepts the granted ones; `grants` counts them. */
export function granting(grants = { times: 0, bodies: [] }) {
  const fetch = async (url, init) => {
    if (init.method === "POST") {
      grants.times += 1;
      grants.bodies.push([url, init.body, init.headers["content-type"]]);
      return Response.json({ access_token: `granted-${grants.times}`, expires_in: 3600 });
    }
    return init.headers.authorization?.startsWith("Bearer granted-") ? respond() : respond("", 401);
  };
  return { fetch, grants };
}
