// Banners for what the reader should know or do: offline, signed out or in elsewhere, taken permissions, a newer version.

import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { openSession, type SessionState, signInAgain } from "../app/session.js";
import { useFollowStatus, usePersistence } from "../app/store-hooks.js";
import { useFormatter } from "../app/use-formatter.js";
import { announce } from "../ui/announcer.js";
import { ErrorPanel, headingOf } from "../ui/error-panel.js";
import { Banner } from "./banner.js";
import { ClockBanner } from "./clock-banner.js";
import { hasNewerVersion, onNewerVersion } from "./register.js";
import { isFailing, persistenceWords } from "./status.js";

/** All banners below the top bar. */
export function Banners({ state }: { state: SessionState }): ReactNode {
  const isNewer = useSyncExternalStore(onNewerVersion, hasNewerVersion);
  const { session, otherTenant } = state;
  return (
    <div className="banners">
      {isNewer && (
        <Banner name="version" isInfo>
          <p>A newer version of this page is there. Your search stays as it is.</p>
          <button type="button" onClick={() => location.reload()}>
            Reload
          </button>
        </Banner>
      )}
      {otherTenant && (
        <Banner name="other-tab">
          <p>
            You have signed in for {otherTenant.name} in another tab. This tab still shows {session?.tenant.name}.
          </p>
          <button type="button" onClick={() => void openSession()}>
            Show {otherTenant.name}
          </button>
        </Banner>
      )}
      <ClockBanner />
      {session?.isDatabaseSilent && (
        <Banner name="database">
          <p>
            The database of this browser does not answer: cases are not kept here. Close all tabs of the browser to
            repair it.
          </p>
        </Banner>
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
  const isProblem = isFailing(status);
  const lost = lostIds.join(" ");
  const consequence = state === "stopped" ? "Changes are not read any more." : "It is tried again by itself.";
  const problem = isProblem ? `${headingOf(error)}. ${consequence}` : null;
  useEffect(() => {
    if (problem !== null) announce(problem);
  }, [problem]);
  return (
    <>
      {state === "paused" && reason === "offline" && (
        <Banner name="offline">
          <p>
            <strong>You are offline.</strong> These are the cases kept in this browser
            {lastProgressAt === null ? "" : `, as of ${format.moment(lastProgressAt, Date.now())}`}. Changes are read as
            soon as there is a connection.
          </p>
        </Banner>
      )}
      {isProblem && (
        <details className={`banner ${state === "stopped" ? "is-danger" : ""}`} data-banner="error">
          <summary>
            <strong>{headingOf(error)}.</strong> {consequence} What to do
          </summary>
          <ErrorPanel error={error} signIn={signInAgain} format={format} />
        </details>
      )}
      {lost !== "" && !dismissed.includes(lost) && (
        <Banner key={lost} name="lost">
          <p>
            You may not see {format.count(lostIds.length)} {lostIds.length === 1 ? "contract" : "contracts"} any more (
            {lostIds.slice(0, 5).join(", ")}
            {lostIds.length > 5 ? ", …" : ""}). {lostIds.length === 1 ? "Its" : "Their"} cases were removed from this
            page.
          </p>
          <button type="button" onClick={() => setDismissed([...dismissed, lost])}>
            Understood
          </button>
        </Banner>
      )}
      {about && !dismissed.includes(about) && (
        <Banner key={about} name="kept">
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
        </Banner>
      )}
    </>
  );
}
