// Scrolling of lists that are higher than a browser's largest element: positions are scaled.

import { elementScroll, observeElementOffset, type Virtualizer } from "@tanstack/react-virtual";

/**
 * The greatest height of the list's element in pixels. Firefox has elements of up to 17.9 million (2³⁰ of its units), and
 * returns from positions beyond 8.9 million (2²⁹).
 */
export const MAX_HEIGHT = 8_000_000;

/** Returns the ratio of a list's height to that of its element: 1 for lists that fit. */
export const scaleOf = (height: number, viewport: number, limit = MAX_HEIGHT): number =>
  height <= limit ? 1 : (height - viewport) / (limit - viewport);

/** The geometry of a list: heights of all rows, of a row, and of the part that is visible below the head. */
export interface ListGeometry {
  readonly height: number;
  readonly rowHeight: number;
  readonly viewport: number;
}

/**
 * Returns the position in the list at which a row is visible, with a row before and after it where there is room: the present
 * one if that is so already. A virtualizer limits its positions to those of the element, which is lower than the list.
 */
export function offsetOf(index: number, present: number, { height, rowHeight, viewport }: ListGeometry): number {
  const margin = viewport >= 3 * rowHeight ? rowHeight : 0;
  const top = index * rowHeight - margin;
  const bottom = (index + 1) * rowHeight + margin - viewport;
  return Math.max(0, Math.min(height - viewport, Math.max(bottom, Math.min(top, present))));
}

type Instance = Virtualizer<HTMLDivElement, Element>;

/** Options of a virtualizer whose positions are scaled. `scale` returns the ratio at the time of a call. */
export const scaledScrolling = (scale: () => number) => ({
  observeElementOffset: (instance: Instance, notify: (offset: number, isScrolling: boolean) => void) =>
    observeElementOffset(instance, (offset, isScrolling) => notify(offset * scale(), isScrolling)),
  scrollToFn: (
    offset: number,
    options: { adjustments?: number; behavior?: "auto" | "smooth" | "instant" },
    instance: Instance,
  ) => elementScroll((offset + (options.adjustments ?? 0)) / scale(), { ...options, adjustments: 0 }, instance),
});
