// Pages in the installed Chromium. CHROME is its path, CHROME_OPTIONS are its options, PORT is the port of the pages.

import { defineConfig } from "@playwright/test";

const { CHROME, CHROME_OPTIONS, PORT } = process.env;
const url = `http://127.0.0.1:${PORT}`;

export default defineConfig({
  testMatch: "**/*.spec.mjs",
  outputDir: "playwright-results",
  forbidOnly: true,
  workers: 1,
  timeout: 30_000,
  webServer: { command: `"${process.execPath}" serve.mjs`, url, reuseExistingServer: false },
  use: { headless: true, baseURL: url, launchOptions: { executablePath: CHROME, args: CHROME_OPTIONS.split(" ") } },
});
