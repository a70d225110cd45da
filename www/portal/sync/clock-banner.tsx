// The warning of a wrong clock.

import { type ReactNode, useSyncExternalStore } from "react";
import { useFormatter } from "../app/use-formatter.js";
import { clockOffset, onClockOffset } from "../ui/server-time.js";
import { Banner } from "./banner.js";

/** The banner of a clock that differs by more than two minutes from the server's. */
export function ClockBanner(): ReactNode {
  const format = useFormatter();
  const offset = useSyncExternalStore(onClockOffset, clockOffset);
  if (offset === 0) return null;
  return (
    <Banner name="clock">
      <p>
        {`The clock of this computer is ${format.duration(Math.abs(offset))} ${offset > 0 ? "behind" : "ahead"}. `}
        Ages on this page are reckoned by the server's clock.
      </p>
    </Banner>
  );
}
