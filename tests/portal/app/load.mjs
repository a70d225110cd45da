// Modules of the portal for tests on Node: bundled as Vite bundles them, with the package as a user has it.

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const SOURCES = fileURLToPath(new URL("../../../www/portal/", import.meta.url));

/**
 * Bundles a module of `www/portal` and returns its exports.
 *
 * @param {string} file path below `www/portal`
 * @param {Record<string, string>} [define] expressions, and what replaces them
 */
export async function load(file, define = {}) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "portal-module-"));
  const outfile = path.join(folder, "module.mjs");
  try {
    await build({
      entryPoints: [path.join(SOURCES, file)],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      jsx: "automatic",
      logLevel: "error",
      define,
    });
    return await import(pathToFileURL(outfile));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
