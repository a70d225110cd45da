// The histogram of the ages of open cases.

import { scaleBand, scaleLinear } from "d3-scale";
import type { ReactNode } from "react";
import type { Formatter } from "../ui/format.js";
import { ChartCard } from "./chart-card.js";
import { useChartSize } from "./chart-size.js";
import { DrawnLink, FigureLink } from "./figure-link.js";
import type { NamedFigure } from "./models.js";

/** Properties of the histogram. */
export interface AgeingChartProps {
  readonly buckets: readonly NamedFigure[];
  /** The cases that have been open for half a year or longer. */
  readonly old: NamedFigure;
  readonly format: Formatter;
}

/** The histogram of ages, with its table. */
export function AgeingChart({ buckets, old, format }: AgeingChartProps): ReactNode {
  const size = useChartSize(1000, 270);
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  const oldCases = format.counted(old.count, "case");
  return (
    <ChartCard
      title="Age of open cases"
      summary={
        total === 0 ? (
          "There are no open cases."
        ) : (
          <span>
            {"Days since the creation. "}
            <FigureLink figure={old} name={`${oldCases} open for half a year or longer`}>
              {oldCases}
            </FigureLink>
            {` ${old.count === 1 ? "has" : "have"} been open for half a year or longer, ${format.percent(old.count / total)} of all.`}
          </span>
        )
      }
      chart={<Histogram buckets={buckets} {...size} format={format} />}
      table={
        <table className="figures">
          <caption className="visually-hidden">Open cases by age</caption>
          <thead>
            <tr>
              <th scope="col">Days</th>
              <th scope="col">Cases</th>
              <th scope="col">Share</th>
            </tr>
          </thead>
          <tbody>
            {buckets.map((bucket) => (
              <tr key={bucket.id}>
                <th scope="row">{bucket.label}</th>
                <td>
                  <FigureLink figure={bucket} name={`${format.counted(bucket.count, "case")} open for ${bucket.label}`}>
                    {format.count(bucket.count)}
                  </FigureLink>
                </td>
                <td>{format.percent(total === 0 ? 0 : bucket.count / total)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      }
    />
  );
}

interface HistogramProps {
  readonly buckets: readonly NamedFigure[];
  readonly width: number;
  readonly height: number;
  readonly isNarrow: boolean;
  readonly format: Formatter;
}

function Histogram({ buckets, width, height, isNarrow, format }: HistogramProps): ReactNode {
  const bottom = height - 40;
  const x = scaleBand<string>()
    .domain(buckets.map(({ id }) => id))
    .range([0, width])
    .paddingInner(0.18)
    .paddingOuter(0.05);
  const y = scaleLinear()
    .domain([0, Math.max(1, ...buckets.map(({ count }) => count))])
    .range([bottom, 26]);
  return (
    <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true" focusable="false">
      <line className="axis" x1={0} x2={width} y1={bottom} y2={bottom} />
      {buckets.map((bucket) => {
        const left = x(bucket.id) ?? 0;
        const top = y(bucket.count);
        const middle = left + x.bandwidth() / 2;
        return (
          <DrawnLink key={bucket.id} figure={bucket}>
            <rect className="hit" x={left} y={0} width={x.bandwidth()} height={height} />
            <rect className="bar series-1" x={left} y={top} width={x.bandwidth()} height={bottom - top} rx={3} />
            <text className="value" x={middle} y={top - 8} textAnchor="middle">
              {format.count(bucket.count)}
            </text>
            {axisLabel(bucket.label, isNarrow).map((line, at) => (
              <text key={line} className="tick" x={middle} y={bottom + 16 + at * 14} textAnchor="middle">
                {line}
              </text>
            ))}
          </DrawnLink>
        );
      })}
    </svg>
  );
}

/** The name of a bucket below its bar, in two lines: `7 to 29 days` is `7–29` and `days`. */
function axisLabel(label: string, isNarrow: boolean): readonly string[] {
  const short = label.replace(" to ", "–").replace("under ", "< ").replace(" days and more", " + days");
  const at = short.lastIndexOf(" days");
  return isNarrow ? [short.slice(0, at)] : [short.slice(0, at), "days"];
}
