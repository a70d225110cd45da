// The portal. This file leads from one room to the next; each has its own file.
//
//   source    where cases come from: the gateway (chain), or a sandbox where there is none (in-page)
//   tenants   who is signed in
//   filters   the form           query    what it asks for, checked and fetched page by page
//   table     the list           detail   one case           address  which one, after the #
//   errors    what went wrong    faults   making it go wrong
//   answered  where an answer came from
//   format    dates and numbers  dom      elements out of text

import { byId } from "./dom.js";
import { setUpDetail } from "./detail.js";
import { errorPanel } from "./errors.js";
import { setUpFaults, showRequests } from "./faults.js";
import {
  clearConditions,
  halfTyped,
  offer,
  readQuery,
  setUpFilters,
  showProblems,
  type Suggestions,
} from "./filters.js";
import { fetchPage, problemsOf, type Query, type Shown } from "./query.js";
import { openSource, type Source } from "./source.js";
import { showCases, showLoading, showNothing } from "./table.js";
import { setUpTenants } from "./tenants.js";

const failure = byId("failure", HTMLElement);

/** So many ids of each kind are suggested. */
const SUGGESTED = 8;

async function start(): Promise<void> {
  const source = await openSource();
  byId("source", HTMLElement).textContent = source.about;

  const makeWell = setUpFaults(source);
  const signInAgain = () => {
    source.signIn(source.tenant);
    makeWell();
  };
  const { search, drop } = searcher(source, signInAgain);
  setUpFilters(search);
  offer(suggestions(source));
  // Until here the form would have been sent as forms are without a script.
  byId("side", HTMLElement).inert = false;
  search();
  const dropCase = setUpDetail(source, () => void showRequests(source), signInAgain);
  setUpTenants(source, () => {
    // Nothing of what the one has seen, or was about to see, is left for the other.
    dropCase();
    drop();
    offer(suggestions(source));
    makeWell();
    search();
  });
}

/** Some ids of whoever is signed in, and one of somebody else's, to see that it is refused. */
function suggestions({ tenant, tenants }: Source): Suggestions {
  const other = tenants.find(({ id }) => id !== tenant.id);
  return {
    own: {
      contract: tenant.contract_ids.slice(0, SUGGESTED),
      user: tenant.user_ids.slice(0, SUGGESTED),
      case: tenant.case_ids.slice(0, SUGGESTED),
    },
    foreign: other
      ? { contract: other.contract_ids[0] ?? "", user: other.user_ids[0] ?? "", case: other.case_ids[0] ?? "" }
      : null,
  };
}

/** What the form is sent to. One search at a time: a new one calls off the one before, and `drop` leaves none. */
function searcher(source: Source, signInAgain: () => void): { search: () => void; drop: () => void } {
  let request = new AbortController();

  const show = async (query: Query, page: number, total: number | null) => {
    request.abort();
    request = new AbortController();
    const { signal } = request;
    failure.replaceChildren();
    showLoading();
    try {
      const shown: Shown = await fetchPage(source.client, query, page, total, signal);
      if (signal.aborted) return;
      showCases(query, shown, (next) => void turn(query, next, shown.total), widen);
    } catch (error) {
      if (signal.aborted) return;
      showNothing();
      const again = () => void show(query, page, total);
      const signIn = () => {
        signInAgain();
        again();
      };
      failure.replaceChildren(errorPanel(error, again, signIn));
    }
    void showRequests(source);
  };

  const turn = async (query: Query, page: number, total: number) => {
    await show(query, page, total);
    byId("results", HTMLElement).scrollIntoView({ block: "start" });
  };

  const search = () => {
    const query = readQuery();
    const problems = [...halfTyped(), ...problemsOf(query)];
    showProblems(problems);
    if (problems.length === 0) void show(query, 1, null);
  };

  const widen = () => {
    clearConditions();
    search();
  };
  const drop = () => {
    request.abort();
    failure.replaceChildren();
    showNothing();
  };
  return { search, drop };
}

start().catch((error: unknown) => {
  showNothing();
  failure.replaceChildren(errorPanel(error, () => location.reload()));
});
