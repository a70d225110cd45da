// The status of following in the top bar: "As of 12:04", the progress of a fill, or what is wrong.

import { type ReactNode, useEffect, useRef } from "react";
import { useFollowStatus, usePersistence, useSession, useStoreVersion } from "../app/store-hooks.js";
import { useFormatter } from "../app/use-formatter.js";
import { announce } from "../ui/announcer.js";
import { ErrorPanel } from "../ui/error-panel.js";
import { Icon } from "../ui/icons.js";
import { Popover } from "../ui/popover.js";
import { signInAgain } from "../app/session.js";
import { isFailing, persistenceWords, statusWords } from "./status.js";

/** The step of the fill's progress that is announced, in percent. */
const STEP = 10;

/** The status with its details. */
export function SyncStatus(): ReactNode {
  const { store, follow } = useSession();
  const format = useFormatter();
  const status = useFollowStatus();
  const kept = usePersistence();
  useStoreVersion();
  const { size } = store;
  const { tone, short, long } = statusWords(status, size, format);
  const progress = progressOf(status.cases, status.casesPerSecond, status.remainingMs);
  const isFilling = status.state === "filling";

  /** The progress that was announced last; `null` outside of a fill. */
  const announced = useRef<number>(null);
  useEffect(() => {
    if (!isFilling) {
      // A fill can also be interrupted, and go on later or in another tab.
      if (announced.current !== null && status.isFilled) announce("All cases are loaded.");
      announced.current = null;
      return;
    }
    announced.current ??= 0;
    if (progress !== null && progress >= announced.current + STEP) {
      announced.current = Math.floor(progress / STEP) * STEP;
      announce(`${announced.current} percent of the cases are loaded.`);
    }
  }, [isFilling, status.isFilled, progress]);

  const about = persistenceWords(kept);
  return (
    <Popover
      label={`${short}: state of the cases`}
      className={`quiet sync sync-${tone}`}
      button={
        <>
          <span className="sync-dot" aria-hidden="true" />
          <span className="sync-text" data-sync={status.state} data-cases={size}>
            {short}
          </span>
          {isFilling && <progress max={100} value={progress ?? undefined} aria-label="Cases loaded" />}
        </>
      }
    >
      {() => (
        <div className="sync-details">
          <p>{long}</p>
          {about && <p>{about}</p>}
          {status.failures.length > 0 && (
            <p>{format.count(status.failures.length)} parts could not be read; the next round reads them again.</p>
          )}
          <dl className="sync-facts">
            <dt>Cases</dt>
            <dd>{format.count(size)}</dd>
            <dt>Requests of the last round</dt>
            <dd>{format.count(status.requests)}</dd>
            <dt>Kept in this browser</dt>
            <dd>{kept.isSaving ? "yes" : "no"}</dd>
            <dt>This tab</dt>
            <dd>{kept.role === "follower" ? "shows what another tab reads" : "reads the changes"}</dd>
          </dl>
          {isFailing(status) && <ErrorPanel error={status.error} signIn={signInAgain} format={format} />}
          <button type="button" onClick={() => follow.resume()}>
            <Icon name="refresh" /> Read changes now
          </button>
        </div>
      )}
    </Popover>
  );
}

/** Returns the share of a fill that is done, in percent; `null` if unknown. */
function progressOf(cases: number, perSecond: number | null, remainingMs: number | null): number | null {
  if (perSecond === null || remainingMs === null) return null;
  const all = cases + (perSecond * remainingMs) / 1000;
  return all > 0 ? Math.min(100, (100 * cases) / all) : null;
}
