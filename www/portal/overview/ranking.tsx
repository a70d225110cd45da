// A ranking: names with their numbers, and bars that repeat the numbers.

import { type CSSProperties, type ReactNode, useId } from "react";
import { balanced } from "../ui/bidi.js";
import type { Formatter } from "../ui/format.js";
import { FigureLink } from "./figure-link.js";
import type { NamedFigure } from "./models.js";

/** Properties of a ranking. */
export interface RankingProps {
  readonly title: string;
  readonly hint: ReactNode;
  readonly empty: string;
  readonly figures: readonly NamedFigure[];
  readonly unit: string;
  readonly format: Formatter;
}

/** A ranking with a link for each name. */
export function Ranking({ title, hint, empty, figures, unit, format }: RankingProps): ReactNode {
  const id = useId();
  const max = Math.max(1, ...figures.map(({ count }) => count));
  return (
    <section className="card ranking" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <p className="hint">{hint}</p>
      {figures.length === 0 ? (
        <p className="muted">{empty}</p>
      ) : (
        <ol>
          {figures.map((figure) => (
            <li key={figure.id} style={{ "--share": figure.count / max } as CSSProperties}>
              <FigureLink figure={figure} name={`${balanced(figure.label)} ${format.counted(figure.count, unit)}`}>
                <span className="title-text" dir="auto">
                  {balanced(figure.label)}
                </span>{" "}
                <span className="number">{format.count(figure.count)}</span>
              </FigureLink>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
