// A sandbox with the real Playwright: the test's sandbox responds to a page that calls its gateway.

import { expect, test as base } from "@playwright/test";
import { sandboxFixtures } from "cisco-support-case/playwright";

const test = base.extend(sandboxFixtures());

test("the page lists the cases of the test's sandbox", async ({ page, sandbox }) => {
  const [contract] = sandbox.info().contract_ids;
  sandbox.put({
    case_id: "699999999",
    contract_id: contract,
    title: "Put there by the test",
    status: "Customer Pending",
  });
  await page.goto(`/small?contract=${contract}`);
  await expect(page.locator("li").first()).toHaveText("Put there by the test");
  expect(await page.locator("li").count()).toBeGreaterThan(1);
});

test("each test has its own sandbox", async ({ page, sandbox }) => {
  const [contract] = sandbox.info().contract_ids;
  await page.goto(`/small?contract=${contract}`);
  await expect(page.locator("li").first()).toBeVisible();
  await expect(page.getByText("Put there by the test")).toHaveCount(0);
});

test.describe("with options", () => {
  test.use({ sandboxOptions: { cases: 20, seed: 3, now: "2026-03-01T00:00:00Z" } });
  test("the sandbox is created with the options of the test", async ({ page, sandbox }) => {
    expect(sandbox.info()).toMatchObject({ cases: 20, seed: 3, now: "2026-03-01T00:00:00Z" });
    await page.goto(`/small?contract=${sandbox.info().contract_ids[0]}`);
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
  test(`${fault} is an error of kind ${kind} in the page`, async ({ page, sandbox }) => {
    sandbox.fault(fault);
    await page.goto("/small?contract=1234567");
    await expect(page.getByRole("alert")).toHaveText(kind);
    sandbox.clearFaults();
    await page.getByRole("button", { name: "Again" }).click();
    await expect(page.locator("li").first()).toBeVisible();
  });
}

test("a test may end before a delayed response", async ({ page, sandbox }) => {
  sandbox.fault("slow_body", { ms: 200, times: 1 });
  await page.goto("/small?contract=1234567");
  await expect(page.locator("li").first()).toBeVisible();
  sandbox.fault("latency", { ms: 600_000 });
  await page.reload();
  await expect(page.getByRole("status")).toHaveText("loading");
});

test("other requests pass through", async ({ page, sandbox }) => {
  const responses = [];
  page.on("response", (response) => responses.push([new URL(response.url()).pathname, response.status()]));
  await page.goto("/small?contract=1234567");
  await expect(page.locator("li").first()).toBeVisible();
  await page.evaluate(() => fetch("/api/cases").then((response) => response.status));
  expect(responses).toContainEqual(["/small.js", 200]);
  expect(responses).toContainEqual(["/api/cases", 404]);
  expect(sandbox.info().requests.received).toBe(1);
});

test("the guide's portal scrolls to the end, opens a case, and returns", async ({ page, sandbox }) => {
  const { contract_ids } = sandbox.info();
  const errors = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  for (let number = 0; number < 250; number += 1) {
    sandbox.put({
      case_id: `69${1000000 + number}`,
      contract_id: contract_ids[0],
      status: "Customer Pending",
      title: `Case ${number}`,
    });
    sandbox.advance(1000);
  }
  await page.goto(`/?contract=${contract_ids[0]}`);
  const items = page.getByRole("listitem");
  await expect(items.first()).toContainText("Case 249");
  const more = page.getByRole("button", { name: "More" });
  await expect(async () => {
    // Between the check and the click the list may reach its end, which removes the button.
    if (await more.isVisible()) await more.click({ timeout: 2000 });
    await expect(more).toHaveCount(0, { timeout: 50 });
  }).toPass({ intervals: [0] });
  const all = await items.allTextContents();
  expect(all.length).toBeGreaterThan(250);
  expect(new Set(all).size).toBe(all.length);

  await page.getByRole("button", { name: "Case 249", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Case 249");
  const requestsBefore = sandbox.info().requests.received;
  await page.getByRole("button", { name: "Back" }).click();
  await expect(items).toHaveCount(all.length);
  expect(sandbox.info().requests.received, "fresh data is not requested again").toBe(requestsBefore);
  expect(errors).toEqual([]);
});

test("the guide's portal shows errors", async ({ page, sandbox }) => {
  await page.goto("/?contract=1234567");
  await page.getByRole("listitem").first().getByRole("button").click();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  sandbox.fault("not_authorized_403");
  await page.goto("/?contract=1234567");
  await expect(page.getByRole("link", { name: "Sign in again" })).toBeVisible();
});

test("the guide's portal over the store counts, lists, searches, opens a case, and opens again without requests", async ({
  page,
  sandbox,
}) => {
  // The first fill of a store, and another one if the page is closed before it was saved.
  test.slow();
  const filled = { timeout: 30_000 };
  const errors = [];
  // The mocked service has no `/me`, by which following recognizes a gateway.
  const isMe = (message) => message.location().url.endsWith("/me");
  page.on("console", (message) => message.type() === "error" && !isMe(message) && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  const [contract_id] = sandbox.info().contract_ids;
  for (const [number, severity] of [1, 2, 1].entries()) {
    const case_id = `69100000${number}`;
    sandbox.put({
      case_id,
      contract_id,
      serial_number: "SBX0000ZZZZ",
      severity,
      status: "Customer Pending",
      title: `Quaffle ${number}`,
    });
  }
  await page.goto(`/all?contract=${contract_id}`);
  await expect(page.getByText("As of")).toBeVisible(filled);
  const listed = page.locator("section[aria-label=Cases] p");
  const severe = page.getByRole("button", { name: /^Severity 1 and 2: / });
  const count = Number((await severe.textContent()).split(": ")[1]);
  expect(count).toBeGreaterThanOrEqual(3);
  await severe.click();
  await expect(listed).toHaveText(`${count} cases`);
  const bucket = page.getByRole("row").last().getByRole("button");
  const young = await bucket.textContent();
  await bucket.click();
  await expect(listed).toHaveText(`${young} cases`);
  await page.getByRole("button", { name: /^Open: / }).click();
  await page.getByRole("searchbox").fill("quaf");
  await expect(listed).toHaveText("3 cases");

  await page.getByRole("button", { name: "Quaffle 2" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Quaffle 2");
  await expect(page.getByRole("listitem").getByRole("button")).toHaveCount(2);
  const place = page.getByRole("navigation", { name: "Neighbours" });
  await expect(place).toContainText(/[0-9]+ of [0-9]+/);
  const before = Number(/([0-9]+) of/.exec(await place.textContent())[1]);
  await page.getByRole("button", { name: "Next" }).click();
  await expect(place).toContainText(`${before + 1} of`);

  // A page that opens without a connection to the gateway has the cases of the last visit, as soon as they were saved.
  await expect(async () => {
    sandbox.clearFaults();
    await page.goto(`/all?contract=${contract_id}`);
    await expect(page.getByText("As of")).toBeVisible(filled);
    sandbox.fault("reset");
    await page.goto(`/all?contract=${contract_id}`);
    await expect(severe).toHaveText(`Severity 1 and 2: ${count}`, { timeout: 2000 });
  }).toPass();
  expect(errors.filter((error) => !error.includes("net::ERR"))).toEqual([]);
});
