// The heading of a case. A title of thousands of letters must not push everything else off the screen.

import { type ReactNode, type RefObject, useEffect, useState } from "react";
import { balanced } from "../ui/bidi.js";

/** Properties of the heading. */
export interface CaseTitleProps {
  readonly heading: RefObject<HTMLHeadingElement | null>;
  readonly title: string;
  /** The text in place of an empty title. */
  readonly fallback: string;
}

/** The heading: of a long title the first lines, with a button for the whole. Screen readers read all of it in any case. */
export function CaseTitle({ heading, title, fallback }: CaseTitleProps): ReactNode {
  /** The title that is shown whole. */
  const [whole, setWhole] = useState<string | null>(null);
  const isWhole = whole === title;
  const [isCut, setCut] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another title may be cut in a box of the same size
  useEffect(() => {
    const element = heading.current!;
    const observer = new ResizeObserver(() => {
      if (!isWhole) setCut(element.scrollHeight > element.clientHeight + 1);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [heading, isWhole, title]);
  return (
    <>
      <h1 ref={heading} tabIndex={-1} className={`title-text ${isWhole ? "" : "is-cut"}`} dir="auto">
        {balanced(title) || fallback}
      </h1>
      {isCut && (
        <button
          type="button"
          className="quiet whole-title"
          aria-expanded={isWhole}
          onClick={() => setWhole(isWhole ? null : title)}
        >
          Whole title
        </button>
      )}
    </>
  );
}
