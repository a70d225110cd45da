// A sandbox behind Playwright's pages. Of Playwright only types are imported: `test` is the project's own.

import type { Fixtures, PlaywrightTestArgs, PlaywrightTestOptions, PlaywrightWorkerArgs, PlaywrightWorkerOptions } from "@playwright/test";
import type { Sandbox, SandboxOptions } from "./sandbox.js";
import type { SandboxPlaces } from "./stand-in.js";

export type { SandboxPlaces } from "./stand-in.js";

/** What a test is given. */
export interface SandboxFixtures {
  /** The sandbox that answers this test's pages. No other test sees it. */
  sandbox: Sandbox;
  /** What it is made with: `test.use({ sandboxOptions: { cases: 5000 } })`. */
  sandboxOptions: SandboxOptions;
}

/**
 * Fixtures for `test.extend`: each test has a sandbox of its own, which answers what its pages ask of the service and of a
 * gateway, whether the test names it or not. Its faults work; an answer that breaks off in the middle is a connection that
 * breaks, and a slow one comes late and in one piece, since Playwright passes bodies on whole.
 *
 * ```js
 * import { test as base } from "@playwright/test";
 * export const test = base.extend(sandboxFixtures({ baseUrl: "/api/case" }));
 * ```
 */
export declare function sandboxFixtures(
  options?: SandboxPlaces,
): Fixtures<
  SandboxFixtures,
  {},
  PlaywrightTestArgs & PlaywrightTestOptions,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions
>;
