// The error codes with their addresses. `cargo xtask site` writes the tables from the crate's.

import { readOptional } from "./repository.js";
import { slugOf } from "./slug.js";

const FILE = "target/site-data.json";

/** The data that the repository's commands write for the site. */
export function siteData() {
  const text = readOptional(FILE);
  if (!text) throw new Error(`${FILE} is missing: \`cargo xtask site\` writes it`);
  return JSON.parse(text);
}

/** The codes in the order of the tables, each with its rows: a code of the service can have several. */
export function errorCodes(tables) {
  const codes = new Map();
  for (const { title, anchor, rows } of tables) {
    for (const row of rows) {
      const slug = slugOf(row.code);
      const found = codes.get(slug) ?? { code: row.code, slug, url: `/errors/${slug}/`, rows: [] };
      if (found.code !== row.code) throw new Error(`${found.code} and ${row.code} have the same address`);
      found.rows.push({ ...row, table: title, anchor });
      codes.set(slug, found);
    }
  }
  return [...codes.values()];
}
