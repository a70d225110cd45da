// The geometry of charts. Drawings have a fixed size of their own units and scale with their box: nothing is measured, so they are
// complete in print and in a tab that was never shown. Narrow screens have fewer units, so that texts stay legible.

import { useSyncExternalStore } from "react";

/** The size of a drawing in its own units. */
export interface ChartSize {
  readonly width: number;
  readonly height: number;
  readonly isNarrow: boolean;
}

const narrow = matchMedia("(max-width: 40rem)");

const subscribe = (listener: () => void): (() => void) => {
  narrow.addEventListener("change", listener);
  return () => narrow.removeEventListener("change", listener);
};

/** The size of a chart; a narrow screen has a drawing of its own. */
export function useChartSize(width: number, height: number): ChartSize {
  const isNarrow = useSyncExternalStore(subscribe, () => narrow.matches);
  return isNarrow ? { width: 340, height: Math.min(height, 230), isNarrow } : { width, height, isNarrow };
}
