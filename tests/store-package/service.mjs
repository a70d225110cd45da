// A simulated service and its client, as following sees them.

const { script } = await import("./harness.mjs");
const { clientError, invalid, errorFromJSON } = await script("client/errors.js");

export { clientError };

/** An error as the client creates it. */
export const errorOf = (kind, code, more = {}) =>
  errorFromJSON({
    kind,
    code,
    message: code,
    advice: "",
    retryable: ["unavailable", "network", "timeout", "rate_limited"].includes(kind),
    source: "service",
    status: null,
    retryAfterMs: null,
    messageId: null,
    requestId: null,
    ...more,
  });

/** Cases with an owner each, in the order of their updates. */
export class SimulatedService {
  sequence = 0;
  cases = new Map();
  /** The contracts that are refused. */
  refused = new Set();
  /** The errors of contracts that cannot be read now. */
  spent = new Map();
  /** The wait for the minute's quota that progress reports. */
  waitMs = null;
  /** The error of every request; a function that returns one; `null` without one. */
  error = null;
  /** Called before each change is yielded. */
  onItem = async () => {};
  rounds = [];
  epoch = "1";

  set(case_id, contract_id, title = "title") {
    this.sequence += 1;
    this.cases.set(case_id, { case_id, contract_id, title, sequence: this.sequence });
  }

  remove(case_id) {
    this.sequence += 1;
    this.cases.get(case_id).gone = true;
    this.cases.get(case_id).sequence = this.sequence;
  }

  /** The cases that some contracts may see. */
  visible(ids) {
    return [...this.cases.values()].filter(({ contract_id, gone }) => ids.includes(contract_id) && !gone);
  }

  /** A client of the service, whose cursor is the sequence up to which each contract was read. */
  client() {
    return {
      changes: (params, cursor, options) => this.#changes(params, cursor, options),
      allCases: (params, options) => this.#allCases(params, options),
    };
  }

  #changes(params, cursor, options) {
    const service = this;
    const round = { params, cursor, options, items: 0 };
    this.rounds.push(round);
    const failures = [];
    let read = null;
    return {
      failures,
      cursor: () => (read === null ? cursor : JSON.stringify({ epoch: service.epoch, read })),
      async *[Symbol.asyncIterator]() {
        const { signal, onProgress } = options;
        const check = () => {
          if (signal.aborted) throw clientError("ABORTED");
        };
        check();
        if (params.contract_ids.length === 0)
          throw invalid([
            { field: "contract_ids", code: "MISSING_INPUTS", message: "", expected: "another value", value: null },
          ]);
        const error = typeof service.error === "function" ? service.error(round) : service.error;
        if (error) throw error;
        const known = cursor === null ? { epoch: service.epoch, read: {} } : JSON.parse(cursor);
        if (known.epoch !== service.epoch) {
          throw invalid([
            { field: "cursor", code: "INVALID_OPTION", message: "", expected: "another value", value: null },
          ]);
        }
        const next = Object.fromEntries(params.contract_ids.map((id) => [id, known.read[id] ?? 0]));
        let pages = 0;
        for (const id of params.contract_ids) {
          if (service.refused.has(id)) {
            failures.push({
              ids: [id],
              date_created_from: null,
              date_created_to: null,
              error: errorOf("permission", "NOT_PERMITTED", { source: "gateway" }),
            });
            delete next[id];
            continue;
          }
          if (service.spent.has(id)) {
            const parts = { ids: [id], date_created_from: null, date_created_to: null };
            failures.push({ ...parts, error: service.spent.get(id) });
            next[id] = known.read[id] ?? 0;
            pages += 1;
            onProgress?.({ pages, cases: 0, requests: pages, retries: 0, etaMs: null, waitMs: null });
            continue;
          }
          const until = service.sequence;
          const list = [...service.cases.values()].filter(
            (one) => one.contract_id === id && one.sequence > (known.read[id] ?? 0),
          );
          list.sort((a, b) => a.sequence - b.sequence);
          for (const one of list) {
            await service.onItem(one, round);
            check();
            next[id] = one.sequence;
            read = { ...known.read, ...next };
            round.items += 1;
            const { sequence, gone, ...record } = one;
            yield gone
              ? { type: "gone", case_id: one.case_id, case: null }
              : { type: "changed", case_id: one.case_id, case: { ...record, updated: sequence } };
          }
          pages += 1;
          next[id] = Math.max(next[id], until);
          read = { ...next };
          onProgress?.({
            pages,
            cases: round.items,
            requests: pages,
            retries: 0,
            etaMs: 100 * (params.contract_ids.length - pages),
            waitMs: service.waitMs,
          });
        }
      },
    };
  }

  #allCases({ case_ids }) {
    const service = this;
    return {
      failures: [],
      async *[Symbol.asyncIterator]() {
        for (const id of case_ids) {
          const one = service.cases.get(id);
          if (!one || one.gone) continue;
          const { sequence, gone, ...record } = one;
          yield { ...record, updated: sequence };
        }
      },
    };
  }
}

/** A store in memory, with what was saved last: cases and cursor together. */
export class SimulatedTarget {
  held = new Map();
  saved = { cases: [], cursor: null };
  cursor = null;
  role = "leader";
  roleListeners = new Set();
  drops = [];
  /** Ids that cannot be applied. */
  invalid = new Set();
  saves = 0;
  saveError = null;

  has(case_id) {
    return this.held.has(case_id);
  }

  get count() {
    return this.held.size;
  }

  apply(changes) {
    const rejectedIds = [];
    for (const { type, case_id, case: one } of changes) {
      if (this.invalid.has(case_id)) rejectedIds.push(case_id);
      else if (type === "gone" || type === "left") this.held.delete(case_id);
      else if (!(this.held.get(case_id)?.updated > one.updated)) this.held.set(case_id, one);
    }
    return { rejectedIds };
  }

  applyDetails(details) {
    for (const { case_id, ...columns } of details) {
      const one = this.held.get(case_id);
      if (one) this.held.set(case_id, { ...one, columns });
    }
  }

  drop(cases, cursor = this.cursor) {
    this.drops.push(cases);
    this.cursor = cursor;
    for (const [id, { contract_id }] of this.held) {
      if (cases === "all" || cases.contract_ids.includes(contract_id)) this.held.delete(id);
    }
  }

  async save(cursor) {
    if (this.saveError) throw this.saveError;
    this.saves += 1;
    this.cursor = cursor;
    this.saved = { cases: [...this.held], cursor };
  }

  onRole(listener) {
    this.roleListeners.add(listener);
    return () => this.roleListeners.delete(listener);
  }

  setRole(role) {
    this.role = role;
    for (const listener of [...this.roleListeners]) listener();
  }

  /** The store of the next visit: what was saved. */
  reopened() {
    const next = new SimulatedTarget();
    next.held = new Map(this.saved.cases);
    next.cursor = this.saved.cursor;
    next.saved = this.saved;
    return next;
  }

  ids() {
    return [...this.held.keys()].sort();
  }
}
