// Live queries in the real Vue, by `shallowRef`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { caseOf, counted, openPage, openStore } from "./harness.mjs";

const body = openPage();
const { createApp, h, nextTick, onUnmounted, reactive, shallowRef } = await import("vue");

/** The composable of the guide. */
function useCases(store, query) {
  const live = store.live(query);
  const answer = shallowRef(live.getSnapshot());
  onUnmounted(live.subscribe((next) => (answer.value = next)));
  return answer;
}

test("a component renders again only when its answer changed, and records are not wrapped", async () => {
  const store = await openStore();
  const { counts, source } = counted(store);
  const answers = [];
  const app = createApp({
    setup() {
      const urgent = useCases(source, { where: { severity: [1, 2] } });
      return () => {
        answers.push(urgent.value);
        return h("p", urgent.value.total);
      };
    },
  });
  app.mount(body);
  assert.equal(body.textContent, "2");
  assert.equal(answers[0], store.live({ where: { severity: [1, 2] } }).getSnapshot(), "the store's own object");
  store.apply(caseOf(5, 4));
  await nextTick();
  assert.equal(answers.length, 1);
  store.apply([caseOf(6, 1), caseOf(7, 1)]);
  await nextTick();
  assert.deepEqual([body.textContent, answers.length], ["4", 2]);
  assert.ok(answers[1].cases.includes(answers[0].cases[0]), "records of unchanged cases are the same objects");
  app.unmount();
  assert.equal(counts.subscriptions, 0);
});

test("a store in reactive state works", async () => {
  const state = reactive({ store: await openStore() });
  assert.equal(state.store.query({ where: { severity: 1 } }).total, 1);
  assert.equal(state.store.live().getSnapshot(), state.store.live({}).getSnapshot());
});
