// Bundles the command-line program, as `cargo xtask build` asks for it. Prints the paths of the bundled files as JSON.
//
//   node command-line.mjs SOURCES OUT
//
// esbuild is called by its API: its command is a script or a program, depending on how npm has installed it.

import { build } from "esbuild";

const [, , absWorkingDir, outdir] = process.argv;
const { metafile } = await build({
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
  chunkNames: "[name]",
  // These stay imports of the package: `cli/library.ts` lists what the program uses of them.
  external: ["../entry/*", "../sandbox/*"],
  // CommonJS packages call `require` for modules of Node.
  banner: {
    js: 'import { createRequire as createRequireOfNode } from "node:module";\nconst require = createRequireOfNode(import.meta.url);',
  },
  metafile: true,
  logLevel: "warning",
});
process.stdout.write(JSON.stringify(Object.keys(metafile.inputs)));
