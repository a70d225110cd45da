// The README's table, generated from the results of the rows.

/** One line for each place, in the order of the rows. */
export function tableOf(results) {
  const places = Map.groupBy(results, ({ where }) => where);
  const lines = Array.from(places, ([where, rows]) => {
    const versions = [...new Set(rows.map(({ version }) => version))];
    return `| ${[where, versions.join(", "), byName(rows), inline(rows)].join(" | ")} |\n`;
  });
  return [
    "| environment | versions tested | `cisco-support-case` | `cisco-support-case/inline` |\n|---|---|---|---|\n",
    ...lines,
  ].join("");
}

function byName(rows) {
  const plain = of(rows, "default");
  if (plain.length > 0 && plain.every(({ works }) => works)) return "works";
  const lines = of(rows, "line");
  return lines.length > 0 && lines.every(({ works }) => works) ? `with ${lines[0].line}` : "no";
}

function inline(rows) {
  const inlined = of(rows, "inline");
  if (inlined.length === 0) return "not tested";
  if (!inlined.every(({ works }) => works)) return "no";
  return inlined[0].line ? "with the same" : "works";
}

const of = (rows, entry) => rows.filter((row) => row.entry === entry);
