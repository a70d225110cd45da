// The imports of an example: pages have no import map, so the package's names are replaced by the addresses of its files.

import { init, parse } from "es-module-lexer/minimal";

/** The entries of the package that examples can import in a page. */
export const RUNNABLE = [
  "cisco-support-case",
  "cisco-support-case/bulk",
  "cisco-support-case/sandbox",
  "cisco-support-case/store",
];

/** The file of an entry of the package in the site's folder `assets/package/`. */
export const fileOfEntry = (name) => `${name.replaceAll("/", "-")}.js`;

/** The code with the files of the package in place of its names. Throws if it imports anything else. */
export async function withFiles(code) {
  await init;
  const [imports] = parse(code);
  let result = "";
  let end = 0;
  for (const { n: name, s, e, d } of imports) {
    // `import.meta` imports nothing.
    if (d === -2) continue;
    if (!RUNNABLE.includes(name)) {
      throw new Error(
        `"${name ?? code.slice(s, e)}" cannot be imported here. Examples in a page import ${RUNNABLE.join(", ")}.`,
      );
    }
    const file = `../../package/${fileOfEntry(name)}`;
    result += code.slice(end, s) + (d === -1 ? file : JSON.stringify(file));
    end = e;
  }
  return result + code.slice(end);
}
