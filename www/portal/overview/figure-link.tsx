// A number that leads to the list of the cases that it counts.

import type { ReactNode } from "react";
import { linkTo } from "../app/navigation.js";
import type { Figure } from "./models.js";
import { viewOfQuery } from "./links.js";

/** Properties of a figure. */
export interface FigureLinkProps {
  readonly figure: Figure;
  /** The accessible name, with the number. */
  readonly name: string;
  readonly children: ReactNode;
  readonly className?: string | undefined;
}

/** A figure as a link. */
export function FigureLink({ figure, name, children, className }: FigureLinkProps): ReactNode {
  const { href, onClick } = linkTo(viewOfQuery(figure.query));
  return (
    <a className={className} aria-label={name} data-count={figure.count} href={href} onClick={onClick}>
      {children}
    </a>
  );
}

/** A part of a drawing as a link for the mouse; the table beside the drawing has the same link for everybody. */
export function DrawnLink({ figure, children }: { figure: Figure; children: ReactNode }): ReactNode {
  return (
    <a className="drawn" tabIndex={-1} {...linkTo(viewOfQuery(figure.query))}>
      {children}
    </a>
  );
}
