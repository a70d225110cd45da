// Bundles the command-line program, as `cargo xtask build` asks for it. Prints the paths of the bundled files as JSON.
//
//   node command-line.mjs SOURCES OUT
//
// esbuild is called by its API: its command is a script or a program, depending on how npm has installed it.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { build } from "esbuild";

const [, , absWorkingDir, outdir] = process.argv;
const { metafile, outputFiles } = await build({
  absWorkingDir,
  outdir,
  entryPoints: ["cli/main.ts"],
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  splitting: true,
  minify: true,
  legalComments: "none",
  entryNames: "[name]",
  chunkNames: "[name]-[hash]",
  write: false,
  // The SDK of MCP would bring a validator of all of JSON Schema: see the file.
  alias: { "@modelcontextprotocol/server/_shims": "./cli/mcp/sdk-shims.ts" },
  // These stay imports of the package: `cli/library.ts` lists what the program uses of them. jose is installed with it.
  external: ["../entry/*", "../sandbox/*", "jose"],
  // CommonJS packages call `require` for modules of Node.
  banner: {
    js: 'import { createRequire as createRequireOfNode } from "node:module";\nconst require = createRequireOfNode(import.meta.url);',
  },
  metafile: true,
  logLevel: "warning",
});

// The names of chunks have the hash of their contents. Chunks of one module are renamed to the module, and those that several
// share are numbered in the order of their first module, so that the list of published files stays the same.
const names = new Map();
const shared = Object.entries(metafile.outputs)
  .filter(([path, { entryPoint }]) => !entryPoint && /-[A-Z0-9]{8}\.js$/.test(path))
  .map(([path, { inputs }]) => [basename(path), Object.keys(inputs).sort()[0] ?? ""])
  .sort(([, one], [, other]) => (one < other ? -1 : 1));
shared.forEach(([name], index) => names.set(name, `chunk-${index + 1}.js`));
for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
  const name = basename(path);
  if (entryPoint && /-[A-Z0-9]{8}\.js$/.test(name)) names.set(name, name.replace(/-[A-Z0-9]{8}\.js$/, ".js"));
}
for (const { path, text } of outputFiles) {
  const renamed = [...names].reduce((all, [from, to]) => all.replaceAll(from, to), text);
  const file = resolve(dirname(path), names.get(basename(path)) ?? basename(path));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, renamed);
}

// Packages may contain others, whose files their bundler has named in comments.
const inputs = Object.keys(metafile.inputs);
const contained = inputs
  .filter((path) => path.includes("node_modules/"))
  .flatMap((path) => [
    ...readFileSync(resolve(absWorkingDir, path), "utf8").matchAll(/^\/\/#region .*\/(node_modules\/.+)$/gm),
  ])
  .map(([, path]) => path);
process.stdout.write(JSON.stringify([...inputs, ...contained]));
