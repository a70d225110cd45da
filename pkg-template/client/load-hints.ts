// What to do where a module was not loaded, by the tool that has built or runs this: the error names the cure of that tool. A
// page loads it with the texts of errors.

import type { ErrorTables } from "./errors.js";
import type { ErrorRow } from "./types.js";

/** What is around this, of which nothing need be there. */
interface Globals {
  readonly location?: { readonly protocol?: string };
  readonly document?: { querySelector?(selector: string): unknown };
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
  readonly next?: { readonly version?: unknown };
}

/** What helps, and whether nothing else does: a connection that comes back, for one. */
interface LoadHint {
  readonly text: string;
  readonly isOnlyRemedy: boolean;
}

/** As in `runtime.ts`: what a page loads later shares nothing with what it has, which would become a script of its own. */
const isIsolated = "WebSocketPair" in globalThis;

const only = (text: string): LoadHint => ({ text, isOnlyRemedy: true });

/** What helps where this runs; `undefined` where that cannot be told, or where it is the connection. `stack` has this script's address. */
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

/** The rows of all errors, which name the cure where a module was not loaded. It is looked for when such an error is made. */
export function withLoadHints(
  { CLIENT_ERRORS, ...others }: ErrorTables,
  stack = String(new Error().stack),
): ErrorTables {
  return { ...others, CLIENT_ERRORS: CLIENT_ERRORS.map((row) => (hasHint(row.code) ? withHint(row, stack) : row)) };
}

/** A page's policy is the cause of the other error, where this is a page. */
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
