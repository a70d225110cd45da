// The numbers of cases that were shown in a terminal, for completion: the scripts of shells read the file, and start no program.

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "../util/make-folder.js";
import type { CommandContext } from "./context.js";
import { replaceFile } from "./files.js";

/** The numbers that are remembered, the last shown first. */
const MAX_IDS = 500;

/** The variable that switches it off. */
export const NO_HISTORY_VARIABLE = "CISCO_CASE_NO_HISTORY";

/** The file below the folder of states, which scripts name too. */
export const HISTORY_FILE = "cisco-support-case/case-ids";

/** Returns the path of the file; `undefined` without a home. */
function historyPath(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const { XDG_STATE_HOME, HOME, LOCALAPPDATA } = environment;
  const folder = platform === "win32" ? LOCALAPPDATA : XDG_STATE_HOME || (HOME && join(HOME, ".local/state"));
  return folder ? join(folder, HISTORY_FILE) : undefined;
}

/** Remembers the numbers of cases, if they were shown in a terminal. Failures do not matter. */
export async function rememberCaseIds(case_ids: readonly string[], context: CommandContext): Promise<void> {
  const { environment, output } = context;
  const path = historyPath(environment);
  // A word of a shell: nothing else can be completed safely.
  const shown = case_ids.filter((id) => /^[\w.-]+$/.test(id));
  if (!path || !output.isTerminal || shown.length === 0 || environment[NO_HISTORY_VARIABLE]) return;
  try {
    const before = await readFile(path, "utf8").catch(() => "");
    const ids = [...new Set([...shown, ...before.split("\n").filter(Boolean)])].slice(0, MAX_IDS);
    await makeFolder(dirname(path), 0o700);
    await replaceFile(path, `${ids.join("\n")}\n`);
  } catch {
    // A home that cannot be written to has no completion of numbers.
  }
}
