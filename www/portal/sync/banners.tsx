// Banners for what the reader should know or do: offline, signed out or in elsewhere, taken permissions, a newer version.

import { type ReactNode, useState, useSyncExternalStore } from "react";
import { openSession, type SessionState, signInAgain } from "../app/session.js";
import { useFollowStatus, usePersistence } from "../app/store-hooks.js";
import { useFormatter } from "../app/use-formatter.js";
import { ErrorPanel, headingOf } from "../ui/error-panel.js";
import { ClockBanner } from "./clock-banner.js";
import { hasNewerVersion, onNewerVersion } from "./register.js";
import { persistenceWords } from "./status.js";

/** All banners below the top bar. */
export function Banners({ state }: { state: SessionState }): ReactNode {
  const isNewer = useSyncExternalStore(onNewerVersion, hasNewerVersion);
  const { session, otherTenant } = state;
  return (
    <div className="banners">
      {isNewer && (
        <div className="banner is-info" role="status" data-banner="version">
          <p>A newer version of this page is there. Your search stays as it is.</p>
          <button type="button" onClick={() => location.reload()}>
            Reload
          </button>
        </div>
      )}
      {otherTenant && (
        <div className="banner" role="status" data-banner="other-tab">
          <p>
            You have signed in for {otherTenant.name} in another tab. This tab still shows {session?.tenant.name}.
          </p>
          <button type="button" onClick={() => void openSession()}>
            Show {otherTenant.name}
          </button>
        </div>
      )}
      <ClockBanner />
      {session?.isDatabaseSilent && (
        <div className="banner" role="status" data-banner="database">
          <p>
            The database of this browser does not answer: cases are not kept here. Close all tabs of the browser to
            repair it.
          </p>
        </div>
      )}
      {session && <SessionBanners />}
    </div>
  );
}

function SessionBanners(): ReactNode {
  const format = useFormatter();
  const status = useFollowStatus();
  const kept = usePersistence();
  const [dismissed, setDismissed] = useState<readonly string[]>([]);
  const about = persistenceWords(kept);
  const { state, reason, error, lostIds, lastProgressAt } = status;
  const isProblem = error !== null && (state === "stopped" || state === "waiting");
  const lost = lostIds.join(" ");
  return (
    <>
      {state === "paused" && reason === "offline" && (
        <div className="banner" role="status" data-banner="offline">
          <p>
            <strong>You are offline.</strong> These are the cases kept in this browser
            {lastProgressAt === null ? "" : `, as of ${format.moment(lastProgressAt, Date.now())}`}. Changes are read as
            soon as there is a connection.
          </p>
        </div>
      )}
      {isProblem && (
        <details className={`banner ${state === "stopped" ? "is-danger" : ""}`} data-banner="error">
          <summary>
            <strong>{headingOf(error)}.</strong>{" "}
            {state === "stopped" ? "Changes are not read any more." : "It is tried again by itself."} What to do
          </summary>
          <ErrorPanel error={error} signIn={signInAgain} />
        </details>
      )}
      {lost !== "" && !dismissed.includes(lost) && (
        <div className="banner" role="status" data-banner="lost">
          <p>
            You may not see {format.count(lostIds.length)} {lostIds.length === 1 ? "contract" : "contracts"} any more (
            {lostIds.slice(0, 5).join(", ")}
            {lostIds.length > 5 ? ", …" : ""}). Their cases were removed from this page.
          </p>
          <button type="button" onClick={() => setDismissed([...dismissed, lost])}>
            Understood
          </button>
        </div>
      )}
      {about && !dismissed.includes(about) && (
        <div className="banner" role="status" data-banner="kept">
          <p>{about}</p>
          {kept.outcome === "newer" ? (
            <button type="button" onClick={() => location.reload()}>
              Reload
            </button>
          ) : (
            <button type="button" onClick={() => setDismissed([...dismissed, about])}>
              Understood
            </button>
          )}
        </div>
      )}
    </>
  );
}
