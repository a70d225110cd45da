// A sandbox behind Mock Service Worker in a page, where a real Service Worker stands between.

import { createServer } from "node:http";
import { expect, test } from "@playwright/test";
import { bundle } from "./bundle.mjs";

test("a page's Service Worker has the sandbox answer, with its faults", async ({ page }) => {
  const files = await bundle("msw-page.js");
  const unknown = [];
  const server = createServer((request, response) => {
    const file = files.get(request.url);
    if (!file) unknown.push(request.url);
    response.writeHead(file ? 200 : 404, file && { "Content-Type": file.contentType }).end(file?.body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
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
  expect(unknown).toEqual([]);
  server.closeAllConnections();
  server.close();
});
