// The page without a gateway, with a sandbox in a worker of it.

import assert from "node:assert/strict";
import { check, kind, page, STATIC_URL, WIDE } from "./harness.mjs";

export async function alone() {
  await check("without a gateway the page has a sandbox, in a worker of its own", async () => {
    await page.restart({ ...WIDE, still: true, contrast: true });
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

  await check("with reduced motion nothing moves", async () => {
    assert.ok(await page.read(() => matchMedia("(prefers-reduced-motion: reduce)").matches));
    await page.pressNamed("Settings");
    await page.until(() => document.querySelector("dialog[open]"));
    const moving = await page.read(() => [
      ...document.getAnimations().map(({ effect }) => effect.target.className),
      ...[...document.querySelectorAll("*")]
        .filter((one) => getComputedStyle(one).transitionDuration !== "0s")
        .map((one) => `${one.tagName} ${one.className}`),
    ]);
    assert.deepEqual(moving, []);
    await page.closeDialog();
  });

  await check("in high contrast active and selected rows and severities differ by more than colour", async () => {
    // WebKitGTK has no forced colours: only the preference for contrast reaches its pages.
    const [forced, more] = await page.read(() =>
      ["(forced-colors: active)", "(prefers-contrast: more)"].map((query) => matchMedia(query).matches),
    );
    assert.deepEqual([forced, more], [kind.title !== "WebKit", true]);
    await page.show();
    await page.focusList();
    await page.press("HOME", "x");
    await page.until(() => document.querySelector(".row.is-active.is-selected input:checked"));
    const looks = await page.read(() => {
      const edges = (row) => {
        const { outlineStyle, outlineWidth, borderLeftWidth, boxShadow } = getComputedStyle(row);
        return [outlineStyle, outlineWidth, borderLeftWidth, boxShadow].join();
      };
      const rows = [...document.querySelectorAll(".row[data-case]")];
      const badge = getComputedStyle(document.querySelector(".severity-badge"));
      return {
        active: edges(rows.find((row) => row.classList.contains("is-active"))),
        plain: edges(rows.find((row) => !row.classList.contains("is-active"))),
        badge: Number.parseFloat(badge.borderTopWidth),
        text: document.querySelector(".severity-badge").innerText,
      };
    });
    assert.notEqual(looks.active, looks.plain);
    if (forced) assert.ok(looks.badge > 0, `a border of ${looks.badge}`);
    assert.match(looks.text, /[1-4]/);
    await page.press("x");
  });

  await check("a newer version of the page in another tab asks for a reload, and the cases stay", async () => {
    const total = await page.total();
    // A newer version opens the database with a higher version.
    await page.read(async () => {
      const { name } = (await indexedDB.databases()).find((one) => one.name.startsWith("portal/"));
      await new Promise((resolve, reject) => {
        const opening = indexedDB.open(name, 2);
        opening.onsuccess = () => resolve(opening.result.close());
        opening.onerror = () => reject(opening.error);
      });
    });
    const words = await page.until(() => document.querySelector('[data-banner="kept"]')?.innerText);
    assert.match(words, /newer version of this page.*Reload/s);
    assert.equal(await page.total(), total);
    const names = await page.read(() =>
      [...document.querySelectorAll('[data-banner="kept"] button')].map((one) => one.innerText),
    );
    assert.deepEqual(names, ["Reload"]);
  });

  await check("without a gateway: no error in the console, no violation of the policy", async () => {
    const { complaints, breaches } = await page.records();
    assert.deepEqual({ complaints, breaches }, { complaints: [], breaches: [] });
  });
}
