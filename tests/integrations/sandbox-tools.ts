// Mock Service Worker and Playwright with a sandbox: code that must compile, and code that must not.

import { expect, test as base } from "@playwright/test";
import { sandboxHandlers } from "cisco-support-case/msw";
import { type SandboxFixtures, sandboxFixtures } from "cisco-support-case/playwright";
import { createSandbox, type Sandbox } from "cisco-support-case/sandbox";
import { http, HttpResponse } from "msw";
import { setupWorker } from "msw/browser";
import { setupServer } from "msw/node";

export async function handlers(): Promise<void> {
  const sandbox = await createSandbox();
  const server = setupServer(
    http.get("*/health", () => HttpResponse.json({})),
    ...sandboxHandlers(sandbox),
  );
  server.use(
    ...sandboxHandlers(sandbox, {
      baseUrl: ["/api/case", "https://cases.example"],
      tokenUrl: "https://login.example/token",
    }),
  );
  await setupWorker(...sandboxHandlers(sandbox, { baseUrl: "/api/case" })).start();
  // @ts-expect-error a client is no sandbox
  sandboxHandlers({ fetch });
  // @ts-expect-error a name that is no option
  sandboxHandlers(sandbox, { path: "/api/case" });
}

export const test = base.extend(sandboxFixtures({ baseUrl: "/api/case" }));
/** Composition with a partner's own fixtures, before and after. */
export const more = base
  .extend<{ login: string }>({ login: "somebody" })
  .extend<SandboxFixtures>(sandboxFixtures())
  .extend<{ contract: string }>({ contract: async ({ sandbox }, use) => use(sandbox.info().contract_ids[0] ?? "") });

test.use({ sandboxOptions: { cases: 5 } });
// @ts-expect-error a sandbox's option by another name
test.use({ sandboxOptions: { count: 5 } });

test("a test has a sandbox", async ({ page, sandbox }) => {
  const its: Sandbox = sandbox;
  its.fault("over_qps");
  await page.goto("/");
  expect(sandbox.info().requests.received).toBe(1);
});
more("and other fixtures", async ({ sandbox, login, contract }) => {
  expect([sandbox.info().cases, login, contract]).toHaveLength(3);
  // @ts-expect-error a sandbox says what it has by a call
  sandbox.info.cases;
});
// @ts-expect-error a name that is no option
sandboxFixtures({ url: "/api/case" });
