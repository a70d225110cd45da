// Contents that a published file must not have.

import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import { REPOSITORY } from "./packed.mjs";

/** Paths of the machine that packs. */
const PATHS = [
  fileURLToPath(REPOSITORY),
  ...(homedir() === "/" ? [] : [`${homedir()}/`]),
  "/home/",
  "/root/",
  "/Users/",
  "C:\\Users\\",
  "/tmp/",
  "/var/folders/",
];
const OF_TOOLS = [".cargo/", ".rustup/", ".npm/", "registry/src", "node_modules/"];
/** Hosts of registries, which a lock file or a log would contain. */
const REGISTRIES = ['"resolved": "http', process.env.npm_config_registry].filter(Boolean);
const TRACES = ["sourceMappingURL", "sourcesContent"];

const SECRETS = [
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["a signed token", /\beyJ[\w-]{16,}\.eyJ[\w-]{16,}\.[\w-]{16,}/],
  ["a token of npm's", /\bnpm_[A-Za-z0-9]{36}\b/],
  ["a token of GitHub's", /\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{40,})\b/],
  ["a key of a cloud's", /\bAKIA[0-9A-Z]{16}\b/],
  ["a client secret", /client_?secret["']?\s*[:=]\s*["'][^"'\s$<{…]{8,}["']/i],
];

/** Files that users of the package do not need. */
const STRANGERS =
  /(^|\/)(node_modules|tests?|fixtures|__tests__|\.[^/]+)(\/|$)|\.(map|ts|tsx|rs|toml|lock|log|tgz|env)$|\.test\.|(^|\/)package-lock\.json$/;

/** Source files that panics may name: the crate's, crates' by name and version, and Rust's own. */
const SOURCES =
  /^(src\/|crates\/[\w-]+-\d[\w.+-]*\/|rust\/library\/|\/rustc\/[0-9a-f]{40}\/library\/|\/rust\/deps\/[\w-]+-\d[\w.+-]*\/)/;
/** Names and debug information, which are internal and add size. */
const SECTIONS = ["name", "producers", "sourceMappingURL", ".debug_info", ".debug_line", ".debug_str", ".debug_abbrev"];

/** The forbidden contents of the package's files, each in a sentence. */
export function faultsOf(files) {
  const faults = [];
  for (const [path, bytes] of files) {
    const found = (what) => faults.push(`${path} ${what}`);
    // The Worker template consists of sources.
    const isToCopy = /^worker\/(src\/\w+\.ts|\.dev\.vars\.example)$/.test(path);
    if (!isToCopy && STRANGERS.test(path.replace(/\.d\.ts$/, ""))) found("is not for users of the package");
    // Paths of the installed package are allowed.
    const text = bytes.toString("latin1").replaceAll(/node_modules\/(cisco-support-case|wrangler)\//g, "");
    for (const word of [...PATHS, ...OF_TOOLS, ...REGISTRIES, ...TRACES])
      if (text.includes(word)) found(`holds ${word}`);
    for (const [what, pattern] of SECRETS) if (pattern.test(text)) found(`holds what looks like ${what}`);
    if (!path.endsWith(".wasm")) continue;
    for (const [source] of text.matchAll(/[\w./+@~-]+\.rs\b/g))
      if (!SOURCES.test(source)) found(`names the source file ${source}`);
    const module = new WebAssembly.Module(bytes);
    for (const name of SECTIONS)
      if (WebAssembly.Module.customSections(module, name).length) found(`has a section ${name}`);
  }
  return faults;
}
