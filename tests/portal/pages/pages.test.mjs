// The overview, the list, a case and what is new, in the built portal with a sandbox in its page. The head of harness.mjs has the variables.

import assert from "node:assert/strict";
import { test } from "node:test";
import { oneCase } from "./case.mjs";
import { direction } from "./direction.mjs";
import { errorPanel } from "./error-panel.mjs";
import { closeAll, complaints } from "./harness.mjs";
import { listPage } from "./list.mjs";
import { news } from "./news.mjs";
import { overview } from "./overview.mjs";
import { traps } from "./traps.mjs";

try {
  await overview();
  await listPage();
  await oneCase();
  await news();
  await errorPanel();
  await direction();
  await traps();
  await test("no page has reported an error", () => {
    assert.deepEqual(complaints, []);
  });
} finally {
  await closeAll();
}
