// The journey through the portal in a real browser: the page, the gateway in workerd and the sandbox as the service. Then the
// page alone, with a sandbox in a worker of it.

import { errors, permission, quota } from "./errors.mjs";
import { first } from "./first-visit.mjs";
import { check, failureCount, page } from "./harness.mjs";
import { keyboard } from "./keyboard.mjs";
import { list } from "./list.mjs";
import { live } from "./live.mjs";
import { look } from "./look.mjs";
import { offline } from "./offline.mjs";
import { otherPages } from "./other-pages.mjs";
import { budget } from "./budget.mjs";
import { alone } from "./alone.mjs";

try {
  await first();
  // The remaining checks would only run into their timeouts.
  if (failureCount() > 0) throw new Error(`the page did not start: ${JSON.stringify(await page.records())}`);
  await list();
  await keyboard();
  await live();
  await otherPages();
  await errors();
  await look();
  await offline();
  await budget(check);
  await permission();
  await quota();
  await alone();
} finally {
  await page.browser.quit();
}
