// A sandbox with Mock Service Worker in a page, through a real Service Worker.

import { expect, test } from "@playwright/test";

test("a page's Service Worker answers from the sandbox, with its faults", async ({ page }) => {
  await page.goto("/msw");
  await expect(page.locator("body")).toHaveText(/received/, { timeout: 20_000 });
  expect(JSON.parse(await page.locator("body").textContent())).toEqual({
    cases: 100,
    service: 1,
    over_qps: "rate_limited",
    reset: "network",
    truncated_body: "network",
    slow_body: true,
    received: 6,
  });
});
