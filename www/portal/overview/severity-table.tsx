// Open cases by severity and status. Each number leads to its cases; the shade repeats what the number says.

import type { CSSProperties, ReactNode } from "react";
import { SeverityBadge } from "../ui/badges.js";
import type { Formatter } from "../ui/format.js";
import { FigureLink } from "./figure-link.js";
import type { Figure, SeverityTable as Model } from "./models.js";

/** The table of severities and statuses. */
export function SeverityTable({ table, format }: { table: Model; format: Formatter }): ReactNode {
  const { rows, statuses, total, max } = table;
  const cell = (figure: Figure, name: string, isShaded: boolean): ReactNode => {
    const style = { "--share": isShaded && max > 0 ? figure.count / max : 0 } as CSSProperties;
    return (
      <td key={name} style={style} className={isShaded ? "shaded" : undefined}>
        <FigureLink figure={figure} name={`${name}: ${format.counted(figure.count, "open case")}`}>
          <span className={figure.count === 0 ? "zero" : undefined}>{format.count(figure.count)}</span>
        </FigureLink>
      </td>
    );
  };
  return (
    <section className="card severity-card" aria-labelledby="severity-heading">
      <h2 id="severity-heading">Severity and status of open cases</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens */}
      <section className="table-scroller" aria-label="Table of severities and statuses" tabIndex={0}>
        <table className="figures severity-table" aria-label="Open cases by severity and status">
          <thead>
            <tr>
              <th scope="col">Severity</th>
              {statuses.map(({ id, label }) => (
                <th key={id} scope="col">
                  {label}
                </th>
              ))}
              <th scope="col">All</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ severity, label, cells, total }) => (
              <tr key={label}>
                <th scope="row">
                  <SeverityBadge severity={severity} />
                </th>
                {cells.map((figure) => cell(figure, figure.label, true))}
                {cell(total, label, false)}
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">All</th>
              {statuses.map((figure) => cell(figure, figure.label, false))}
              {cell(total, "All", false)}
            </tr>
          </tfoot>
        </table>
      </section>
    </section>
  );
}
