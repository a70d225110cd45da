// A gateway with a copy of cases, simulated by a `fetch` and a socket, and a page that follows it.

import { Page } from "./follow-scenario.mjs";
import { script, settle } from "./harness.mjs";
import { SimulatedTarget } from "./service.mjs";

const { follow } = await script("store/follow.js");
const { CaseClient } = await script("entry/node.js");

/** A minute in milliseconds, which the gateway names as the interval of polls. */
export const MINUTE = 60_000;

/** A socket of a page, whose events the test sends. */
export class FakeSocket {
  sent = [];
  closedWith;

  constructor(url, protocols) {
    Object.assign(this, { url, protocols });
  }

  send(text) {
    this.sent.push(text);
  }

  close(code) {
    this.closedWith = code;
  }
}

/** A gateway with a copy: cases with versions, and sockets. */
export class FakeGateway {
  cases = new Map();
  /** What details add to cases; `null` for a gateway of an earlier version. */
  details = new Map();
  version = 0;
  /** Whether the feed answers 304 if nothing has changed. */
  hasEtags = false;
  gone = new Map();
  left = { contract_ids: [], user_ids: [] };
  refill = null;
  requests = [];
  sockets = [];
  live = true;
  copy = true;
  /** Responses in place of the usual ones, by the path. */
  responses = {};

  set(case_id, contract_id = "c1", more = {}) {
    this.version += 1;
    const updated = this.version;
    const dates = { creation_date: "2026-01-01T00:00:00Z", status: "New", severity: 3, status_flag: "O" };
    this.cases.set(case_id, {
      case_id,
      contract_id,
      user_id: "ann",
      ...dates,
      updated,
      version: this.version,
      ...more,
    });
  }

  remove(case_id) {
    this.version += 1;
    this.cases.delete(case_id);
    this.gone.set(case_id, this.version);
  }

  fetch = async (url, init) => {
    const { pathname, searchParams } = new URL(url);
    const path = pathname.replace("/api/case", "");
    this.requests.push({ path, since: searchParams.get("since"), headers: init.headers, url });
    const own = this.responses[path]?.(searchParams);
    if (own) return own;
    if (path === "/me")
      return Response.json({ copy: this.copy, live: this.live, pollMs: MINUTE, contract_ids: ["c1"] });
    if (path === "/live/ticket") {
      return Response.json({
        protocol: "cisco-support-case.live",
        ticket: "0.a.b",
        expiresInMs: 30_000,
        pingMs: 25_000,
      });
    }
    const since = Number(searchParams.get("since") ?? 0);
    const all = [...this.cases.values()].filter(({ version }) => version > since).sort((a, b) => a.version - b.version);
    const cases = all.slice(0, 10);
    const has_more = all.length > cases.length;
    const body = {
      cursor: String(has_more ? cases.at(-1).version : this.version),
      has_more,
      refill: this.refill,
      left: this.left,
      gone: has_more ? [] : [...this.gone].filter(([, version]) => version > since).map(([id]) => id),
      cases: cases.map(({ version, ...one }) => one),
      ...(this.details && { details: cases.flatMap(({ case_id }) => this.details.get(case_id) ?? []) }),
    };
    const etag = `"${JSON.stringify(body).length}-${body.cursor}"`;
    if (this.hasEtags && init.headers["if-none-match"] === etag) return new Response(null, { status: 304 });
    return Response.json(body, { headers: this.hasEtags ? { etag } : {} });
  };

  feeds = () => this.requests.filter(({ path }) => path === "/feed").length;
}

/** A response of a gateway with an error. */
export const failure = (status, code, kind, more = {}) =>
  Response.json(
    { error: { source: "gateway", kind, code, message: code, advice: "", status, retryable: status >= 500, ...more } },
    { status },
  );

/** A page that follows a gateway. */
export function scenario(
  options = {},
  {
    gateway = new FakeGateway(),
    target = new SimulatedTarget(),
    params,
    baseUrl = "https://portal.example/api/case",
  } = {},
) {
  const page = new Page();
  page.live = {
    now: page.now,
    setTimer: page.setTimer,
    random: page.random,
    open(url, protocols) {
      const socket = new FakeSocket(url, protocols);
      gateway.sockets.push(socket);
      return socket;
    },
  };
  const client = new CaseClient({
    baseUrl,
    token: () => "a-synthetic-token",
    fetch: gateway.fetch,
    rateLimit: false,
  });
  const followed = follow(client, { contract_ids: ["c1", "c2"], ...params }, target, options, page);
  const advance = (ms) => page.clock.advance(ms);
  /** Opens the last socket. */
  const open = async () => {
    gateway.sockets.at(-1).onopen();
    await settle();
    await advance(0);
  };
  const tell = async (withinMs = 0) => {
    gateway.sockets.at(-1).onmessage({ data: JSON.stringify({ type: "changed", withinMs }) });
    await advance(withinMs);
  };
  return { gateway, target, page, followed, advance, open, tell };
}

/** The ids of the cases of a scenario. */
export const held = ({ target }) => target.ids();
