// The portal's entry point: it connects the parts of the page.
//
//   data-source   the gateway (gateway-source), or a sandbox if there is none (sandbox-source)
//   tenants       the signed-in tenant
//   filters       the search form          search        checks it and fetches a page of results
//   table         the list of cases        cache-status  the origin and age of a response
//   detail        one case                 hash-route    its route, the URL's fragment
//   errors        the error panel          faults        the developer's fault injection
//   format        dates and numbers        dom           element builders        types  shared types

import { byId } from "./dom.js";
import { setUpDetail } from "./detail.js";
import { errorPanel } from "./errors.js";
import { setUpFaults, showRequests } from "./faults.js";
import {
  clearConditions,
  incompleteDates,
  setSuggestions,
  readSearch,
  setUpFilters,
  showProblems,
  type Suggestions,
} from "./filters.js";
import { fetchPage, checkSearch, type Search, type ResultPage } from "./search.js";
import { openDataSource } from "./data-source.js";
import { showCases, showLoading, showNothing } from "./table.js";
import { setUpTenants } from "./tenants.js";
import type { DataSource } from "./types.js";

const failure = byId("failure", HTMLElement);

/** Maximum number of suggested ids of each kind. */
const MAX_SUGGESTIONS = 8;

async function start(): Promise<void> {
  const source = await openDataSource();
  byId("source", HTMLElement).textContent = source.about;

  const clearFault = setUpFaults(source);
  const signInAgain = () => {
    source.signIn(source.tenant);
    clearFault();
  };
  const { search, cancel } = searcher(source, signInAgain);
  setUpFilters(search);
  setSuggestions(suggestions(source));
  // Inert until here: without this script the browser would submit the form by itself.
  byId("side", HTMLElement).inert = false;
  search();
  const closeCase = setUpDetail(source, () => void showRequests(source), signInAgain);
  setUpTenants(source, () => {
    // The next user must see nothing that the last one has loaded or was loading.
    closeCase();
    cancel();
    setSuggestions(suggestions(source));
    clearFault();
    search();
  });
}

/** Ids of the current tenant, and one of another tenant to show that the gateway refuses it. */
function suggestions({ tenant, tenants }: DataSource): Suggestions {
  const other = tenants.find(({ id }) => id !== tenant.id);
  return {
    own: {
      contract: tenant.contract_ids.slice(0, MAX_SUGGESTIONS),
      user: tenant.user_ids.slice(0, MAX_SUGGESTIONS),
      case: tenant.case_ids.slice(0, MAX_SUGGESTIONS),
    },
    foreign: other
      ? { contract: other.contract_ids[0] ?? "", user: other.user_ids[0] ?? "", case: other.case_ids[0] ?? "" }
      : null,
  };
}

/** The form's submit handler. A new search aborts the previous one; `cancel` aborts it and clears the list. */
function searcher(source: DataSource, signInAgain: () => void): { search: () => void; cancel: () => void } {
  let request = new AbortController();

  const show = async (wanted: Search, page: number, total: number | null) => {
    request.abort();
    request = new AbortController();
    const { signal } = request;
    failure.replaceChildren();
    showLoading();
    try {
      const shown: ResultPage = await fetchPage(source.client, wanted, page, total, signal);
      if (signal.aborted) return;
      showCases(wanted, shown, (next) => void turn(wanted, next, shown.total), widen);
    } catch (error) {
      if (signal.aborted) return;
      showNothing();
      const again = () => void show(wanted, page, total);
      const signIn = () => {
        signInAgain();
        again();
      };
      failure.replaceChildren(errorPanel(error, again, signIn));
    }
    void showRequests(source);
  };

  const turn = async (wanted: Search, page: number, total: number) => {
    await show(wanted, page, total);
    byId("results", HTMLElement).scrollIntoView({ block: "start" });
  };

  const search = () => {
    const wanted = readSearch();
    const problems = [...incompleteDates(), ...checkSearch(wanted)];
    showProblems(problems);
    if (problems.length === 0) void show(wanted, 1, null);
  };

  const widen = () => {
    clearConditions();
    search();
  };
  const cancel = () => {
    request.abort();
    failure.replaceChildren();
    showNothing();
  };
  return { search, cancel };
}

start().catch((error: unknown) => {
  showNothing();
  failure.replaceChildren(errorPanel(error, () => location.reload()));
});
