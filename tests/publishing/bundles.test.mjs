// Bundles of the package: used exports work, and unused code is not included.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as esbuild from "esbuild";
import { rolldown } from "rolldown";

const folder = join(process.env.PROJECT, "bundles");
mkdirSync(folder, { recursive: true });

const BUNDLERS = {
  async esbuild(file) {
    const { outputFiles } = await esbuild.build({
      entryPoints: [file],
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      write: false,
      logLevel: "silent",
    });
    return outputFiles[0].text;
  },
  async rolldown(file) {
    const bundle = await rolldown({ input: file, platform: "browser", logLevel: "silent" });
    const { output } = await bundle.generate({ format: "esm", minify: true });
    return output.map(({ code = "" }) => code).join("");
  },
};

for (const [name, bundle] of Object.entries(BUNDLERS)) {
  const of = (title, code) => {
    const file = join(folder, `${name}-${title}.mjs`);
    writeFileSync(file, code);
    return bundle(file);
  };

  test(`${name}: unused imports are removed if no module has to be provided`, async () => {
    const empty = (await of("nothing", "export const here = 1;")).length;
    for (const entry of ["sandbox", "gateway/webhook"]) {
      const code = await of(
        entry.replace("/", "-"),
        `import * as unused from "cisco-support-case/${entry}";\nexport const here = 1;`,
      );
      assert.ok(code.length <= empty + 16, `${entry}: ${code.length} bytes are left`);
    }
  });

  test(`${name}: the module is provided if one of many names is used`, async () => {
    const code = await of(
      "one-name",
      'import { explainError } from "cisco-support-case/inline";\nconsole.log(explainError("CASE_NOTFOUND").length);',
    );
    const file = join(folder, `${name}-bundled.mjs`);
    writeFileSync(file, code);
    assert.match(execFileSync(process.execPath, [file], { encoding: "utf8" }), /^[1-9]\d*\n$/);
  });

  test(`${name}: the browser entry refers to its module by URL`, async () => {
    const code = await of("browser", 'import { CaseClient } from "cisco-support-case";\nconsole.log(CaseClient);');
    assert.match(code, /import\.meta\.url|client[\w-]*\.wasm/);
    // The fallback modules, in base64, for missing wasm files: a bundle of one script includes them.
    const texts = ["client", "bulk", "sandbox"].map((module) => {
      const script = join(process.env.PROJECT, `node_modules/cisco-support-case/wasm/${module}.inline.js`);
      return /"(.+)"/.exec(readFileSync(script, "utf8"))[1];
    });
    assert.deepEqual(
      texts.map((text) => code.split(text).length - 1),
      [1, 1, 0],
    );
    const rest = texts.reduce((left, text) => left.replace(text, ""), code);
    assert.ok(rest.length < 200_000, "the sandbox and the gateway are not in it");
  });
}
