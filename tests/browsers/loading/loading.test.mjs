// Loading of the packed package in a real browser, as plain ES modules, under a policy that allows the compilation of
// WebAssembly and no other evaluation. Each check has its own page.
//
//   PACKAGE    the packed package's folder
//   BROWSER…   the browser and its options: see ../browser.mjs

import { bulkCalls } from "./bulk-calls.mjs";
import { twoCopies } from "./copies.mjs";
import { environmentFailures, panics, withoutSimd, withoutWasm } from "./environment.mjs";
import { errorTexts } from "./error-texts.mjs";
import { failedLoads } from "./failed-loads.mjs";
import { check, stop } from "./harness.mjs";
import { callsBeforeLoad, repeatedLoads } from "./init.mjs";
import { missingPermission, policy } from "./policy.mjs";
import { workers } from "./workers.mjs";

try {
  await callsBeforeLoad();
  await failedLoads();
  await repeatedLoads();
  await twoCopies();
  await errorTexts();
  await bulkCalls();
  await workers();
  await panics();
  await environmentFailures();
  await check("no earlier test violated the policy, and scripts that violate it do not run", policy);
  await missingPermission();
  await withoutSimd();
  await withoutWasm();
} finally {
  await stop();
}
