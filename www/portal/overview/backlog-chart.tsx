// Cases opened and closed per week, and the backlog at the end of each.

import { scaleBand, scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";
import type { ReactNode } from "react";
import type { Formatter } from "../ui/format.js";
import { ChartCard } from "./chart-card.js";
import { type ChartSize, useChartSize } from "./chart-size.js";
import { DrawnLink, FigureLink } from "./figure-link.js";
import type { Figure, WeekFigures } from "./models.js";

/** Properties of the chart of weeks. */
export interface BacklogChartProps {
  readonly weeks: readonly WeekFigures[];
  /** The cases that are open now. */
  readonly open: Figure;
  readonly format: Formatter;
}

/** The weeks, with their table. */
export function BacklogChart({ weeks, open, format }: BacklogChartProps): ReactNode {
  const size = useChartSize(880, 330);
  const first = weeks[0];
  const last = weeks.at(-1);
  if (!first || !last) return null;
  const change = last.backlog - first.backlog;
  const trend = change === 0 ? "as many as" : `${format.count(Math.abs(change))} ${change > 0 ? "more" : "fewer"} than`;
  return (
    <ChartCard
      className="backlog"
      title="Backlog over the weeks"
      summary={
        <span>
          <FigureLink figure={open} name={`${format.counted(open.count, "case")} open now`}>
            {format.counted(open.count, "case")}
          </FigureLink>
          {` open now, ${trend} ${format.counted(weeks.length - 1, "week")} ago.`}
        </span>
      }
      legend={
        <span className="legend">
          <span className="key key-line">Open at the end of the week</span>
          <span className="key key-opened">Opened</span>
          <span className="key key-closed">Closed</span>
        </span>
      }
      chart={<Weeks weeks={weeks} size={size} format={format} />}
      table={<WeekTable weeks={weeks} format={format} />}
    />
  );
}

function Weeks({
  weeks,
  size,
  format,
}: {
  weeks: readonly WeekFigures[];
  size: ChartSize;
  format: Formatter;
}): ReactNode {
  const { width, height, isNarrow } = size;
  const left = 40;
  const right = width - 12;
  const lineBottom = height * 0.5;
  const barsTop = lineBottom + 24;
  const barsBottom = height - 26;
  const x = scaleBand<string>()
    .domain(weeks.map(({ week }) => week))
    .range([left, right])
    .paddingInner(0.25);
  const counts = weeks.map(({ backlog }) => backlog);
  const backlog = scaleLinear()
    .domain([0, Math.max(1, ...counts)])
    .nice(4)
    .range([lineBottom, 16]);
  const most = Math.max(1, ...weeks.flatMap(({ opened, closed }) => [opened.count, closed.count]));
  const middle = (barsTop + barsBottom) / 2;
  const reach = scaleLinear()
    .domain([0, most])
    .range([0, (barsBottom - barsTop) / 2 - 1]);
  const at = ({ week }: WeekFigures) => (x(week) ?? 0) + x.bandwidth() / 2;
  const curve = line<WeekFigures>(at, (one) => backlog(one.backlog));
  const filled = area<WeekFigures>()
    .x(at)
    .y0(lineBottom)
    .y1((one) => backlog(one.backlog));
  const last = weeks.at(-1)!;
  const labelled = Math.ceil(weeks.length / (isNarrow ? 4 : 9));
  return (
    <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true" focusable="false">
      <defs>
        <pattern id="closed-hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect className="hatch-ground" width="5" height="5" />
          <line className="hatch-line" x1="0" y1="0" x2="0" y2="5" />
        </pattern>
      </defs>
      {backlog.ticks(4).map((tick) => (
        <g key={tick}>
          <line className="grid" x1={left} x2={right} y1={backlog(tick)} y2={backlog(tick)} />
          <text className="tick" x={left - 8} y={backlog(tick) + 4} textAnchor="end">
            {format.count(tick)}
          </text>
        </g>
      ))}
      <path className="area" d={filled(weeks) ?? ""} />
      <path className="line" d={curve(weeks) ?? ""} />
      <line className="axis" x1={left} x2={right} y1={middle} y2={middle} />
      {weeks.map((one, index) => (
        <g key={one.week} className="week">
          <title>
            {`Week of ${format.utc.day(one.startMs)}: ${format.count(one.opened.count)} opened, ${format.count(one.closed.count)} closed, ${format.count(one.backlog)} open at its end`}
          </title>
          <rect className="hit" x={x(one.week)} y={0} width={x.step()} height={lineBottom + 12} />
          <circle className="dot" cx={at(one)} cy={backlog(one.backlog)} r={one === last ? 4.5 : 2.5} />
          <DrawnLink figure={one.opened}>
            <rect className="hit" x={x(one.week)} y={barsTop} width={x.bandwidth()} height={middle - barsTop} />
            <rect
              className="bar series-1"
              x={x(one.week)}
              y={middle - reach(one.opened.count)}
              width={x.bandwidth()}
              height={reach(one.opened.count)}
            />
          </DrawnLink>
          <DrawnLink figure={one.closed}>
            <rect className="hit" x={x(one.week)} y={middle} width={x.bandwidth()} height={barsBottom - middle} />
            <rect
              className="bar series-2"
              x={x(one.week)}
              y={middle}
              width={x.bandwidth()}
              height={reach(one.closed.count)}
            />
          </DrawnLink>
          {(weeks.length - 1 - index) % labelled === 0 && (
            <text
              className="tick"
              x={one === last ? right : at(one)}
              y={height - 6}
              textAnchor={one === last ? "end" : "middle"}
            >
              {format.utc.shortDay(one.startMs)}
            </text>
          )}
        </g>
      ))}
      <text
        className="value"
        x={right}
        y={backlog(Math.max(last.backlog, weeks.at(-2)?.backlog ?? 0)) - 10}
        textAnchor="end"
      >
        {format.count(last.backlog)}
      </text>
    </svg>
  );
}

function WeekTable({ weeks, format }: { weeks: readonly WeekFigures[]; format: Formatter }): ReactNode {
  return (
    // A region that scrolls must be reachable by the keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section className="table-scroller" aria-label="Backlog by week" tabIndex={0}>
      <table className="figures">
        <caption className="visually-hidden">Cases opened, closed and open by week, the last week first</caption>
        <thead>
          <tr>
            <th scope="col">Week of</th>
            <th scope="col">Opened</th>
            <th scope="col">Closed</th>
            <th scope="col">Open at its end</th>
          </tr>
        </thead>
        <tbody>
          {weeks.toReversed().map((one) => {
            const week = format.utc.day(one.startMs);
            return (
              <tr key={one.week}>
                <th scope="row">{week}</th>
                <td>
                  <FigureLink
                    figure={one.opened}
                    name={`${format.counted(one.opened.count, "case")} opened in the week of ${week}`}
                  >
                    {format.count(one.opened.count)}
                  </FigureLink>
                </td>
                <td>
                  <FigureLink
                    figure={one.closed}
                    name={`${format.counted(one.closed.count, "case")} closed in the week of ${week}`}
                  >
                    {format.count(one.closed.count)}
                  </FigureLink>
                </td>
                <td>
                  <Backlog week={one} name={week} format={format} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** The backlog of a week as the sum of two lists: the cases that are still open, and those that were closed since. */
function Backlog({ week, name, format }: { week: WeekFigures; name: string; format: Formatter }): ReactNode {
  const { backlog, stillOpen, closedSince } = week;
  const open = (
    <FigureLink figure={stillOpen} name={`${format.count(stillOpen.count)} open of the backlog of the week of ${name}`}>
      {closedSince.count === 0 ? format.count(backlog) : `${format.count(stillOpen.count)} open`}
    </FigureLink>
  );
  if (closedSince.count === 0) return open;
  return (
    <>
      {format.count(backlog)}
      <span className="parts">
        {open}
        <FigureLink figure={closedSince} name={`${format.count(closedSince.count)} closed since the week of ${name}`}>
          {`${format.count(closedSince.count)} closed since`}
        </FigureLink>
      </span>
    </>
  );
}
