// A sandbox behind Playwright's pages, with the real one: a page that asks its gateway is answered by the test's sandbox.

import { expect, test as base } from "@playwright/test";
import { sandboxFixtures } from "cisco-support-case/playwright";
import { bundle } from "./bundle.mjs";

const ORIGIN = "http://portal.localhost";

/** The page comes from here: nothing but its own files is served, and what it asks beyond them fails the test. */
const test = base.extend({
  ...sandboxFixtures(),
  strays: [
    async ({ context, sandbox }, use) => {
      const strays = [];
      await context.route((url) => !/\/api\/case\//.test(url.pathname), async (route) => {
        const { origin, pathname } = new URL(route.request().url());
        const file = origin === ORIGIN ? (await bundle("page.js")).get(pathname) : undefined;
        if (!file) strays.push(route.request().url());
        await route.fulfill(file ?? { status: 404 });
      });
      await use(strays);
      expect(strays).toEqual([]);
      expect(sandbox.info().requests.received).toBeGreaterThan(0);
    },
    { auto: true },
  ],
});

test("the page lists the cases of the test's sandbox", async ({ page, sandbox }) => {
  const [contract] = sandbox.info().contract_ids;
  sandbox.put({ case_id: "699999999", contract_id: contract, title: "Put there by the test", status: "Customer Pending" });
  await page.goto(`/?contract=${contract}`);
  await expect(page.locator("li").first()).toHaveText("Put there by the test");
  expect(await page.locator("li").count()).toBeGreaterThan(1);
});

test("each test has a sandbox of its own", async ({ page, sandbox }) => {
  const [contract] = sandbox.info().contract_ids;
  await page.goto(`/?contract=${contract}`);
  await expect(page.locator("li").first()).toBeVisible();
  await expect(page.getByText("Put there by the test")).toHaveCount(0);
});

test.describe("with options", () => {
  test.use({ sandboxOptions: { cases: 20, seed: 3, now: "2026-03-01T00:00:00Z" } });
  test("it is made as the test wants it", async ({ page, sandbox }) => {
    expect(sandbox.info()).toMatchObject({ cases: 20, seed: 3, now: "2026-03-01T00:00:00Z" });
    await page.goto(`/?contract=${sandbox.info().contract_ids[0]}`);
    await expect(page.locator("li").first()).toBeVisible();
  });
});

for (const [fault, kind] of Object.entries({
  over_qps: "rate_limited",
  not_authorized_403: "authentication",
  html_error: "unavailable",
  reset: "network",
  truncated_body: "network",
  garbage_json: "decode",
})) {
  test(`${fault} is ${kind} to the page`, async ({ page, sandbox }) => {
    sandbox.fault(fault);
    await page.goto("/?contract=1234567");
    await expect(page.getByRole("alert")).toHaveText(kind);
    sandbox.clearFaults();
    await page.getByRole("button", { name: "Again" }).click();
    await expect(page.locator("li").first()).toBeVisible();
  });
}

test("an answer may take its time, and the test may end before it comes", async ({ page, sandbox }) => {
  sandbox.fault("slow_body", { ms: 200, times: 1 });
  await page.goto("/?contract=1234567");
  await expect(page.locator("li").first()).toBeVisible();
  sandbox.fault("latency", { ms: 600_000 });
  await page.reload();
  await expect(page.getByRole("status")).toHaveText("loading");
});
