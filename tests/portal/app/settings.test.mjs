// The settings that a browser has kept, perhaps of another version of the page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

// The module listens to other tabs.
globalThis.addEventListener = () => {};
const { currentSettings, readSettings } = await load("settings/settings.ts");

test("settings survive, and each member in a form that is not known is left out alone", () => {
  const defaults = currentSettings();
  assert.deepEqual(readSettings(null), defaults);
  const own = {
    theme: "dark",
    density: "compact",
    zone: "utc",
    hasLetterKeys: false,
    isLive: false,
    isSplit: true,
    columns: ["title", "status"],
    widths: { title: 300 },
    foldedFacets: [],
    knowsBrowserSearch: true,
  };
  assert.deepEqual(Object.keys(own), Object.keys(defaults), "each setting is tried");
  assert.deepEqual(readSettings(JSON.stringify(own)), own);
  for (const [name, kept] of Object.entries(own)) {
    for (const wrong of ["x", 5, null, {}, { a: "wide" }, [1]]) {
      const isFine = (name === "columns" && wrong === null) || (name === "widths" && JSON.stringify(wrong) === "{}");
      if (isFine) continue;
      const expected = { ...own, [name]: defaults[name] };
      assert.deepEqual(readSettings(JSON.stringify({ ...own, [name]: wrong })), expected, `${name}, not ${kept}`);
    }
  }
  assert.deepEqual(readSettings("[1, 2]"), { ...defaults });
  assert.deepEqual(readSettings("null"), { ...defaults });
});
