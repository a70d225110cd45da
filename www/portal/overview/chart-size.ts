// The geometry of charts. Drawings have a fixed size of their own units and scale with their box: nothing is measured, so they are
// complete in print and in a tab that was never shown. Narrow screens have fewer units, so that texts stay legible.

import { useSyncExternalStore } from "react";

/** The size of a drawing in its own units. */
export interface ChartSize {
  readonly width: number;
  readonly height: number;
  readonly isNarrow: boolean;
}

const narrow = matchMedia("(max-width: 30rem)");
const medium = matchMedia("(max-width: 44rem)");
const large = matchMedia("(max-width: 80rem)");
const queries = [narrow, medium, large];

const subscribe = (listener: () => void): (() => void) => {
  for (const query of queries) query.addEventListener("change", listener);
  return () => {
    for (const query of queries) query.removeEventListener("change", listener);
  };
};

const currentWidth = (): number =>
  narrow.matches ? 340 : medium.matches ? 560 : large.matches ? 720 : Number.POSITIVE_INFINITY;

/** The size of a chart; narrow screens have drawings of their own. */
export function useChartSize(width: number, height: number): ChartSize {
  const most = useSyncExternalStore(subscribe, currentWidth);
  const isNarrow = most < 500;
  return { width: Math.min(width, most), height: isNarrow ? Math.min(height, 230) : height, isNarrow };
}
