// The portal. This file leads from one room to the next; each has its own file.
//
//   source    where cases come from: the package's client, and the service in a sandbox
//   filters   the form           query    what it asks for, checked and fetched page by page
//   table     the list           detail   one case           address  which one, after the #
//   errors    what went wrong    faults   making it go wrong
//   format    dates and numbers  dom      elements out of text

import { byId } from "./dom.js";
import { setUpDetail } from "./detail.js";
import { errorPanel } from "./errors.js";
import { setUpFaults, showRequests } from "./faults.js";
import { clearConditions, halfTyped, readQuery, setUpFilters, showProblems } from "./filters.js";
import { count } from "./format.js";
import { fetchPage, problemsOf, type Query, type Shown } from "./query.js";
import { openSource, type Source } from "./source.js";
import { showCases, showLoading, showNothing } from "./table.js";

const failure = byId("failure", HTMLElement);

async function start(): Promise<void> {
  const source = await openSource();
  const info = await source.sandbox.info();
  byId("source", HTMLElement).textContent =
    `Sandbox: ${count(info.cases)} made-up cases, and a service that runs inside this page. Nothing leaves it.`;

  const search = searcher(source);
  const suggestions = { contract: info.contract_ids, user: info.user_ids, case: info.case_ids };
  const some = (ids: readonly string[]) => ids.slice(0, 8);
  setUpFilters({ contract: some(suggestions.contract), user: some(suggestions.user), case: some(suggestions.case) }, search);
  setUpFaults(source);
  // Until here the form would have been sent as forms are without a script.
  byId("side", HTMLElement).inert = false;
  search();
  setUpDetail(source.client, () => void showRequests(source));
}

/** What the form is sent to. One search at a time: a new one calls off the one before. */
function searcher(source: Source): () => void {
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
      failure.replaceChildren(errorPanel(error, () => void show(query, page, total)));
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
  return search;
}

start().catch((error: unknown) => {
  showNothing();
  failure.replaceChildren(errorPanel(error, () => location.reload()));
});
