// A banner below the top bar, which is announced when it appears.

import { type ReactNode, useEffect, useRef } from "react";
import { announce } from "../ui/announcer.js";

/** Properties of a banner. */
export interface BannerProps {
  readonly name: string;
  readonly isInfo?: boolean;
  readonly children: ReactNode;
}

/** A banner. Its first paragraph is announced: a region that is inserted together with its text is not read. */
export function Banner({ name, isInfo = false, children }: BannerProps): ReactNode {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => announce(ref.current?.querySelector("p")?.textContent ?? ""), []);
  return (
    <div ref={ref} className={isInfo ? "banner is-info" : "banner"} data-banner={name}>
      {children}
    </div>
  );
}
