// Live queries in the real Svelte 5: its store contract, in components and outside of them. Components are compiled here, and
// run in a process that resolves Svelte as browsers' bundlers do.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { compile } from "svelte/compiler";
import { get } from "svelte/store";
import { openStore } from "./harness.mjs";

const COMPONENT = `<script>
  import { fromStore } from "svelte/store";
  let { live, onRender } = $props();
  const answer = $derived(fromStore(live));
  const shown = $derived(onRender($live));
</script>
<p>{shown.total} {answer.current.total}</p>`;

test("a live query fulfils the store contract in a component: it follows, and ends its subscription", () => {
  const { js, warnings } = compile(COMPONENT, { generate: "client", filename: "Total.svelte" });
  assert.deepEqual(warnings, []);
  const component = join(import.meta.dirname, "total.compiled.mjs");
  writeFileSync(component, js.code);
  try {
    // Node's test runner would treat the script as a part of this test.
    const { NODE_TEST_CONTEXT, ...env } = process.env;
    const output = execFileSync(
      process.execPath,
      ["--conditions=browser", join(import.meta.dirname, "svelte-page.mjs"), component],
      { encoding: "utf8", env },
    );
    assert.deepEqual(JSON.parse(output), {
      texts: ["2 2", "2 2", "4 4"],
      renderings: 2,
      isFirstOwn: true,
      subscriptions: [2, 0],
    });
  } finally {
    rmSync(component);
  }
});

test("svelte/store reads it", async () => {
  const store = await openStore();
  assert.equal(get(store.live({ where: { severity: 1 } })).total, 1);
});
