// A chart with its caption and a table of the same figures. The drawing is hidden from assistive technology and from the keyboard:
// the table has the figures, with a link for each. In the drawing the bars are links for the mouse.

import { type ReactNode, useId } from "react";

/** Properties of a chart with its table. */
export interface ChartCardProps {
  readonly title: string;
  /** A sentence with what the chart shows. */
  readonly summary: ReactNode;
  readonly chart: ReactNode;
  readonly table: ReactNode;
  readonly legend?: ReactNode;
  readonly className?: string;
}

/** A chart with its table. */
export function ChartCard({ title, summary, chart, table, legend, className = "" }: ChartCardProps): ReactNode {
  const id = useId();
  return (
    <section className={`chart-card card ${className}`} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <figure>
        <figcaption>
          {summary}
          {legend}
        </figcaption>
        <div className="chart" aria-hidden="true">
          {chart}
        </div>
      </figure>
      <div className="chart-table">{table}</div>
    </section>
  );
}
