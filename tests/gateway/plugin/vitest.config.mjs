// The tests run in workerd, in the isolate of the Worker under test. The project that has the package installed does
// not depend on vitest: vitest and its plugin are resolved from `TOOLS`, which is therefore the root. The tests use
// `test` and `expect` as globals.

import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const here = import.meta.dirname;
const tools = dirname(process.env.TOOLS);
const plugin = join(tools, "node_modules/@cloudflare/vitest-plugin/dist/pool/index.mjs");
const { cloudflareTest } = await import(pathToFileURL(plugin).href);

export default {
  root: tools,
  plugins: [cloudflareTest({ wrangler: { configPath: join(here, "wrangler.jsonc") }, remoteBindings: false })],
  test: { globals: true, dir: here, include: ["*.test.js"], testTimeout: 10_000 },
};
