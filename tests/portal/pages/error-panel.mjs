// The panel of an error by itself, below the page, with errors one after the other as a retried query gives them.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ADDRESS, openProfile } from "./harness.mjs";

const PORTAL = fileURLToPath(new URL("../../../www/portal/", import.meta.url));
const PAGE = `
  import { flushSync } from "react-dom";
  import { createRoot } from "react-dom/client";
  import { ErrorPanel } from "./ui/error-panel.js";

  const place = document.body.appendChild(document.createElement("section"));
  const root = createRoot(place);
  window.show = (retryAfterMs) => {
    const members = { kind: "unavailable", code: "OVER_CAPACITY", source: "service", advice: "", retryable: true };
    const error = { ...members, status: 503, attempts: 1, messageId: null, requestId: null, retryAfterMs };
    error[Symbol.for("cisco-support-case.CaseApiError")] = true;
    flushSync(() => root.render(<ErrorPanel error={error} again={() => {}} />));
    return window.button();
  };
  window.button = () => {
    const { textContent, disabled } = place.querySelector("button");
    return [textContent, disabled];
  };`;

export async function errorPanel() {
  await test("each error waits for the time that the service asked for, whatever the one before it asked for", async () => {
    const { outputFiles } = await build({
      stdin: { contents: PAGE, loader: "tsx", resolveDir: PORTAL },
      bundle: true,
      write: false,
      jsx: "automatic",
      alias: { react: join(PORTAL, "node_modules/react"), "react-dom": join(PORTAL, "node_modules/react-dom") },
      define: { "process.env.NODE_ENV": '"production"' },
      logLevel: "error",
    });
    const { open, close } = await openProfile();
    const page = await open();
    await page.goto(ADDRESS);
    await page.evaluate(outputFiles[0].text);
    const show = (ms) => page.evaluate((ms) => window.show(ms), ms);
    const passed = () => page.waitForFunction(() => !window.button()[1], { polling: "mutation", timeout: 10_000 });
    assert.deepEqual(await show(null), ["Try again", false]);
    assert.deepEqual(await show(400), ["Try again in 1 s", true]);
    await passed();
    assert.deepEqual(await page.evaluate(() => window.button()), ["Try again", false]);
    assert.deepEqual(await show(400), ["Try again in 1 s", true]);
    assert.deepEqual(await show(5000), ["Try again in 5 s", true]);
    assert.deepEqual(await show(null), ["Try again", false]);
    await close();
  });
}
