// The page without a gateway, with a sandbox in a worker of it.

import assert from "node:assert/strict";
import { check, page, STATIC_URL } from "./harness.mjs";

export async function alone() {
  await check("without a gateway the page has a sandbox, in a worker of its own", async () => {
    await page.goto("", STATIC_URL);
    await page.filled();
    assert.ok((await page.total()) > 1000);
    await page.click(".tenant");
    const about = await page.until(() => document.querySelector(".tenant-about")?.innerText);
    assert.match(about, /^Sandbox:/);
    await page.press("ESCAPE");
  });

  await check("its faults are those of the service, and its hours pass", async () => {
    const before = await page.read(() => document.querySelector(".row[data-case]").dataset.case);
    await page.moveOn();
    await page.read(() => document.querySelector("#main").focus());
    await page.until(
      (before) =>
        [...document.querySelectorAll(".row[data-case]")].find((row) => row.ariaRowIndex === "2")?.dataset.case !==
        before,
      before,
    );
    await page.fault("not_authorized_403");
    await page.pressNamed("Read changes now", "dialog");
    await page.closeDialog();
    await page.until(() => document.querySelector('[data-banner="error"] .error')?.dataset.kind === "authentication");
    await page.fault("");
    await page.closeDialog();
  });

  await check("without a gateway: no error in the console, no violation of the policy", async () => {
    const { complaints, breaches } = await page.records();
    assert.deepEqual({ complaints, breaches }, { complaints: [], breaches: [] });
  });
}
