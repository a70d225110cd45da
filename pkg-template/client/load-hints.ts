// Hints for modules that were not loaded: the error names the remedy for the tool that built the code or runs it. A page loads
// them with the texts of errors.

import type { ErrorTables } from "./errors.js";
import type { ErrorRow } from "./types.js";

/** The globals that identify tools; each may be absent. */
interface Globals {
  readonly location?: { readonly protocol?: string };
  readonly document?: { querySelector?(selector: string): unknown };
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
  readonly next?: { readonly version?: unknown };
}

/** A remedy, and whether it is the only one (a connection that recovers may be another). */
interface LoadHint {
  readonly text: string;
  readonly isOnlyRemedy: boolean;
}

/** As in `runtime.ts`. It is not imported: bundlers would move a shared module to a separate script. */
const isIsolated = "WebSocketPair" in globalThis;

const only = (text: string): LoadHint => ({ text, isOnlyRemedy: true });

/**
 * Returns the hint for the current tool; `undefined` if the tool is unknown or the page is offline. `stack` contains the URL of
 * this script.
 */
function hintHere(stack: string): LoadHint | undefined {
  const { document, location, next, process } = globalThis as Globals;
  const env = process?.env ?? {};
  if (isIsolated) {
    return only(
      'Let the bundler of the Worker include the package: in Next.js (OpenNext) set serverExternalPackages: ["cisco-support-case"] in next.config.js.',
    );
  }
  if ("EdgeRuntime" in globalThis || env["NEXT_RUNTIME"] === "edge") {
    return only('An edge runtime cannot compile a module: set export const runtime = "nodejs" in the route.');
  }
  if (location?.protocol === "file:") {
    return only(
      "A page opened from a file cannot fetch: bundle it into one script (iife), import cisco-support-case/inline, or serve it over HTTP.",
    );
  }
  if (globalThis.navigator?.onLine === false) return undefined;
  if (/\/\.angular\//.test(stack) || document?.querySelector?.("[ng-version]")) {
    return {
      text: 'In Angular: add { "glob": "{page,bulk}.wasm", "input": "node_modules/cisco-support-case/wasm", "output": "." } to the assets in angular.json, or import cisco-support-case/inline.',
      isOnlyRemedy: /\/\.angular\//.test(stack),
    };
  }
  if (/\/\.(vite|cache\/vite)\/(\w+\/)?deps/.test(stack)) {
    return only(
      'In Vite\'s dev server: set optimizeDeps: { exclude: ["cisco-support-case"] } in vite.config.js, or import cisco-support-case/inline; then reload the page.',
    );
  }
  if (next?.version) {
    return {
      text: "In Next.js: serve all of .next/static below /_next/static, including the .wasm files.",
      isOnlyRemedy: false,
    };
  }
  if (env["NEXT_RUNTIME"])
    return only('In Next.js: set serverExternalPackages: ["cisco-support-case"] in next.config.js.');
  if ("Deno" in globalThis) return only("In Deno: run with --allow-read, or import cisco-support-case/inline.");
  if (env["JEST_WORKER_ID"]) return only("In Jest: set NODE_OPTIONS=--experimental-vm-modules.");
  return undefined;
}

/** Adds hints to the rows of load errors. The hint is determined when such an error is created. */
export function withLoadHints(
  { CLIENT_ERRORS, ...others }: ErrorTables,
  stack = String(new Error().stack),
): ErrorTables {
  return { ...others, CLIENT_ERRORS: CLIENT_ERRORS.map((row) => (hasHint(row.code) ? withHint(row, stack) : row)) };
}

/** Whether a row has hints: `LOAD_FAILED`, and `NO_WASM` on edge runtimes. In pages a content security policy causes `NO_WASM`. */
const hasHint = (code: string): boolean =>
  code === "LOAD_FAILED" || (code === "NO_WASM" && (isIsolated || "EdgeRuntime" in globalThis));

function withHint(row: ErrorRow, stack: string): ErrorRow {
  return {
    ...row,
    get meaning() {
      const cure = hintHere(stack);
      return cure ? `${row.meaning.replace(/\. .*/s, ".")} ${cure.text}` : row.meaning;
    },
    get advice() {
      const cure = hintHere(stack);
      return cure?.isOnlyRemedy ? cure.text : row.advice;
    },
    get hint() {
      return hintHere(stack)?.text ?? row.hint;
    },
  };
}
