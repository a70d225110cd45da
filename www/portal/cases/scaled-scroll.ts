// Scrolling of lists that are higher than a browser's largest element: positions are scaled.

import { elementScroll, observeElementOffset, type Virtualizer } from "@tanstack/react-virtual";

/** The greatest height of the list's element in pixels. Browsers' limits begin at 15 million. */
export const MAX_HEIGHT = 10_000_000;

/** Returns the ratio of a list's height to that of its element: 1 for lists that fit. */
export const scaleOf = (height: number, viewport: number, limit = MAX_HEIGHT): number =>
  height <= limit ? 1 : (height - viewport) / (limit - viewport);

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
