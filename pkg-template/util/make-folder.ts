// Creates folders, on Node, Deno and Bun.

import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

const codeOf = (error: unknown): unknown => (Object(error) as { code?: unknown }).code;

/**
 * Creates a folder and those above it, unless they exist. Node's own `recursive` tries for ever where a folder exists in which
 * none can be created, such as `/proc`.
 */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  const create = () =>
    mkdir(path, { mode }).catch((error) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
  try {
    await create();
  } catch (error) {
    const parent = dirname(path);
    if (codeOf(error) !== "ENOENT" || parent === path) throw error;
    await makeFolder(parent, mode);
    await create();
  }
}
