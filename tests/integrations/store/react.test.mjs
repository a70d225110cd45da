// Live queries in the real React: by `useSyncExternalStore`, and by TanStack Query's hooks.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { caseOf, counted, openPage, openStore, until } from "./harness.mjs";

const body = openPage();
const { createElement, startTransition, StrictMode, Suspense, useLayoutEffect, useSyncExternalStore } = await import(
  "react"
);
const { createRoot } = await import("react-dom/client");
const { renderToString } = await import("react-dom/server");
const { QueryClient, QueryClientProvider, useQuery, useSuspenseQuery } = await import("@tanstack/react-query");
const { storeOptions } = await import("cisco-support-case/query");

const URGENT = { where: { severity: [1, 2] } };

/** Renders an element, and returns what ends it. React's warnings are errors of the test. */
function rendered(t, element) {
  const warnings = mock.method(console, "error", () => {});
  const container = document.createElement("div");
  body.append(container);
  const root = createRoot(container);
  if (element) root.render(element);
  t.after(() => {
    root.unmount();
    container.remove();
    warnings.mock.restore();
    assert.deepEqual(
      warnings.mock.calls.map(({ arguments: texts }) => texts.join(" ")),
      [],
    );
  });
  return { container, root };
}

/** The hook of the guide. */
function useCases(store, query) {
  const live = store.live(query);
  return useSyncExternalStore(live.subscribe, live.getSnapshot, live.getSnapshot);
}

/** A component that notes each answer that it renders. */
function Total({ source, answers = [] }) {
  const answer = useCases(source, URGENT);
  answers.push(answer);
  return answer.total;
}

/** A component whose rendering takes long enough for React to continue in another task. */
function SlowRow({ store, onRender }) {
  const { total } = useCases(store, URGENT);
  onRender();
  for (const end = performance.now() + 3; performance.now() < end; );
  return createElement("li", null, total);
}

function SlowList({ store, onRender, onCommit }) {
  useLayoutEffect(onCommit);
  useCases(store, URGENT);
  const rows = Array.from({ length: 30 }, (_, key) => createElement(SlowRow, { key, store, onRender }));
  return createElement("ul", null, rows);
}

/** The hooks of TanStack Query, one of them with Suspense. */
function TotalByHooks({ source, shown }) {
  const { data } = useQuery(storeOptions(source, URGENT));
  const { data: all } = useSuspenseQuery(storeOptions(source));
  shown.push(data.total);
  return `${data.total} of ${all.total}`;
}

test("a component renders again only when its answer changed, under StrictMode too", async (t) => {
  const store = await openStore();
  const { counts, source } = counted(store);
  const answers = [];
  const { container, root } = rendered(t, createElement(StrictMode, null, createElement(Total, { source, answers })));
  await until(() => container.textContent === "2");
  assert.equal(new Set(answers).size, 1, "the same snapshot until the answer changes");
  const renderings = answers.length;
  store.apply(caseOf(5, 4));
  await new Promise((done) => setTimeout(done, 20));
  assert.equal(answers.length, renderings);
  store.apply(caseOf(6, 1));
  await until(() => container.textContent === "3");
  assert.equal(new Set(answers).size, 2);
  assert.equal(counts.subscriptions, 1, "StrictMode subscribes, ends that, and subscribes again");
  root.unmount();
  await until(() => counts.subscriptions === 0);
});

test("components of one page never show two states, although the store changes during a rendering", async (t) => {
  const store = await openStore();
  const commits = [];
  let rendering = 0;
  const { container, root } = rendered(t);
  const list = createElement(SlowList, {
    store,
    onRender: () => (rendering += 1),
    onCommit: () => {
      commits.push([...new Set([...container.querySelectorAll("li")].map(({ textContent }) => textContent))]);
    },
  });
  startTransition(() => root.render(createElement(StrictMode, null, list)));
  await until(() => rendering > 5);
  assert.equal(container.querySelectorAll("li").length, 0, "the rendering is under way");
  store.apply(caseOf(5, 1));
  await until(() => rendering > 20);
  store.apply(caseOf(6, 1));
  await until(() => commits.length > 0 && container.querySelector("li")?.textContent === "4");
  store.apply(caseOf(7, 1));
  await until(() => container.querySelector("li").textContent === "5");
  for (const shown of commits) assert.equal(shown.length, 1, `one commit showed ${shown}`);
});

test("a page that is rendered on a server has the answer", async () => {
  const store = await openStore();
  assert.equal(renderToString(createElement(Total, { source: store })), "2");
});

test("TanStack Query's hooks have the answer at once, and follow it", async (t) => {
  const store = await openStore();
  const { counts, source } = counted(store);
  const shown = [];
  const queryClient = new QueryClient();
  // Its timers of five minutes would keep the process.
  t.after(() => queryClient.clear());
  const { container, root } = rendered(
    t,
    createElement(
      StrictMode,
      null,
      createElement(
        QueryClientProvider,
        { client: queryClient },
        createElement(Suspense, { fallback: "loading" }, createElement(TotalByHooks, { source, shown })),
      ),
    ),
  );
  await until(() => container.textContent === "2 of 4");
  assert.ok(!shown.includes(undefined));
  store.apply(caseOf(5, 1));
  await until(() => container.textContent === "3 of 5");
  assert.equal(counts.subscriptions, 2);
  root.unmount();
  await until(() => counts.subscriptions === 0);
});
