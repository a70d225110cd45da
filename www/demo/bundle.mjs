// Bundles a Worker as `wrangler deploy` does, for the local workerd of the demo and of the gateway's tests.

import { execFile } from "node:child_process";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * Returns the modules of the Worker in a folder, its script first. `tools` is the package.json of the installed wrangler.
 * `out` must be a folder that no concurrent run uses. `defines` are texts by the names of the constants that have them.
 */
export async function bundle(folder, tools, out, config = "wrangler.jsonc", defines = {}) {
  const wrangler = join(tools, "../node_modules/wrangler/bin/wrangler.js");
  const how = { cwd: folder, env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true" } };
  const options = ["deploy", "--dry-run", "--config", config, "--outdir", out];
  for (const [name, text] of Object.entries(defines)) options.push("--define", `${name}:${JSON.stringify(text)}`);
  await promisify(execFile)(process.execPath, [wrangler, ...options], how).catch((error) => {
    throw new Error(`the Worker cannot be bundled:\n${error.stdout}${error.stderr}`);
  });
  const names = (await readdir(out)).filter((name) => /\.(js|wasm)$/.test(name));
  // Miniflare takes the first module as the main one.
  names.sort((a, b) => Number(b.endsWith(".js")) - Number(a.endsWith(".js")));
  const modules = await Promise.all(
    names.map(async (path) => {
      const contents = await readFile(join(out, path));
      const isWasm = path.endsWith(".wasm");
      return { type: isWasm ? "CompiledWasm" : "ESModule", path, contents: isWasm ? contents : contents.toString() };
    }),
  );
  await rm(out, { recursive: true, force: true });
  return modules;
}
