// The table of a client's requests, filled by its hooks.

import type { Hooks } from "cisco-support-case";
import type { PlaygroundGateway } from "./gateway.js";
import { byId } from "./page.js";

const MAX_ROWS = 300;

/** The columns of the table that are set after the request was sent. */
const COLUMN = { waited: 3, cache: 4, status: 5, took: 6, then: 7 };

interface Row {
  cells: HTMLTableCellElement[];
}

/** The rows of the requests, each with its waits, its cache status and its result. */
export class RequestLog {
  #body = byId("requests-log", HTMLTableElement).tBodies[0];
  #rows = new Map<string, Row>();
  /** The time at which a call began to wait, and the limit that it waits for. */
  #waits = new Map<number, { since: number; waitsFor: string }>();
  /** The row of the request that is about to be sent. */
  #current = "";
  sent = 0;
  retries = 0;
  /** Number of requests that a gateway sent to the service; `null` without one. */
  sentByGateway: number | null = null;

  clear(): void {
    this.#body?.replaceChildren();
    this.#rows.clear();
    this.#waits.clear();
    this.#current = "";
    this.sent = 0;
    this.retries = 0;
    this.sentByGateway = null;
  }

  readonly hooks: Hooks = {
    onWait: ({ call, waitsFor }) => {
      if (!this.#waits.has(call)) this.#waits.set(call, { since: performance.now(), waitsFor });
    },
    onRequest: ({ call, operation, attempt, url }) => {
      this.sent += 1;
      const wait = this.#waits.get(call);
      this.#waits.delete(call);
      const waited = wait ? `${Math.round(performance.now() - wait.since)} ms, ${wait.waitsFor}` : "";
      this.#current = `${call}/${attempt}`;
      this.#add(this.#current, [`${call} ${operation}`, String(attempt), pathOf(url), waited, "", "…", "", ""]);
    },
    onResponse: ({ call, attempt, status, code, ms }) => {
      const text = code ? `${status ?? "none"}, ${code}` : String(status);
      this.#set(`${call}/${attempt}`, COLUMN.status, text, code !== null);
      this.#set(`${call}/${attempt}`, COLUMN.took, `${ms} ms`);
    },
    onRetry: ({ call, attempt, waitMs }) => {
      this.retries += 1;
      this.#set(`${call}/${attempt - 1}`, COLUMN.then, `retried after ${waitMs} ms`);
    },
  };

  /** A `fetch` that sends through a gateway, and shows its waits and its cache in the rows of the requests. */
  throughGateway(gateway: PlaygroundGateway): typeof gateway.fetch {
    return async (url, init) => {
      // The client calls its hook and then, synchronously, `fetch`.
      const key = this.#current;
      const { response, waitedMs } = await gateway.fetch(url, init);
      if (waitedMs > 0) this.#set(key, COLUMN.waited, `${waitedMs} ms, quota of the gateway`);
      this.#set(key, COLUMN.cache, cacheOf(response.headers));
      return { response, waitedMs };
    };
  }

  #add(key: string, texts: string[]): void {
    if (!this.#body || this.#rows.size >= MAX_ROWS) return;
    const row = this.#body.insertRow();
    const cells = texts.map((text) => {
      const cell = row.insertCell();
      cell.textContent = text;
      return cell;
    });
    this.#rows.set(key, { cells });
  }

  #set(key: string, at: number, text: string, isError = false): void {
    const cell = this.#rows.get(key)?.cells[at];
    if (!cell) return;
    cell.textContent = text;
    if (isError) cell.className = "error";
  }
}

/** The cache status of a gateway's response, and the age of a cached one. */
function cacheOf(headers: Headers): string {
  const status = headers.get("x-cache") ?? "";
  const age = headers.get("age");
  return age === null || age === "0" || status === "MISS" ? status : `${status}, ${age} s old`;
}

/** The last part of a request's address, with the page and the dates of a list. */
function pathOf(address: string): string {
  const { pathname, searchParams } = new URL(address);
  const days = ["date_created_from", "date_created_to"].map((name) => searchParams.get(name)?.slice(0, 10));
  const parts = [pathname.split(/\/case\/(?:v3\/)?/)[1] ?? pathname];
  if (days[0]) parts.push(days.join(" to "));
  if (searchParams.get("page_index")) parts.push(`page ${searchParams.get("page_index")}`);
  return parts.join(", ");
}
