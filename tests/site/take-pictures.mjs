// Takes the pictures of the portal for the landing page, from the built site: `cargo xtask site --pictures`.

import { join } from "node:path";
import { launch, openPage, serveSite } from "./harness.mjs";

const FOLDER = join(import.meta.dirname, "../../www/site/pictures");

const browser = await launch();
const host = await serveSite("/");
for (const scheme of ["light", "dark"]) {
  const page = await openPage(browser, { width: 1200, height: 640, scheme });
  await page.goto(`${host.address}portal/`, { waitUntil: "load" });
  // The time of the last update is shown when the list is complete.
  await page.waitForFunction(() => /As of/.test(document.body.innerText), { timeout: 60_000 });
  // The filters are loaded by themselves, and count cases after the list.
  await page.waitForFunction(
    () => [...document.querySelectorAll(".facet")].filter((facet) => /\d{2}/.test(facet.innerText)).length > 3,
    { timeout: 60_000 },
  );
  await page.screenshot({ path: join(FOLDER, `portal-${scheme}.webp`), type: "webp", quality: 45 });
  await page.close();
}
await browser.close();
await host.close();
