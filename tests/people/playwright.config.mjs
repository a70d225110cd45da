// One page in the installed Chromium. CHROME is its path, CHROME_OPTIONS are its options.

import { defineConfig } from "@playwright/test";

export default defineConfig({
  testMatch: "*.spec.mjs",
  outputDir: "playwright-results",
  forbidOnly: true,
  workers: 1,
  timeout: 30_000,
  use: {
    headless: true,
    baseURL: "http://portal.localhost",
    launchOptions: { executablePath: process.env.CHROME, args: process.env.CHROME_OPTIONS.split(" ") },
  },
});
