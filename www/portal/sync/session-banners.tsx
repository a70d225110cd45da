// Banners of an open session: a wrong clock, a silent database, offline, errors of reading, taken permissions, a copy that cannot be kept.

import { type ReactNode, useEffect, useState } from "react";
import { signInAgain } from "../app/session.js";
import { useFollowStatus, usePersistence, useSession } from "../app/store-hooks.js";
import { useFormatter } from "../app/use-formatter.js";
import { useIsReaderUnsaved } from "../news/use-reader.js";
import { announce } from "../ui/announcer.js";
import { ErrorPanel, headingOf } from "../ui/error-panel.js";
import { Banner } from "./banner.js";
import { ClockBanner } from "./clock-banner.js";
import { isFailing, persistenceWords } from "./status.js";

/** The banners of the session. */
export function SessionBanners(): ReactNode {
  const { isDatabaseSilent } = useSession();
  const format = useFormatter();
  const status = useFollowStatus();
  const kept = usePersistence();
  const [dismissed, setDismissed] = useState<readonly string[]>([]);
  const about = persistenceWords(kept);
  const isReaderUnsaved = useIsReaderUnsaved();
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
      <ClockBanner />
      {isDatabaseSilent && (
        <Banner name="database">
          <p>
            The database of this browser does not answer: cases are not kept here. Close all tabs of the browser to
            repair it.
          </p>
        </Banner>
      )}
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
      {isReaderUnsaved && !dismissed.includes("marks") && (
        <Banner name="marks">
          <p>
            What you read, pin and put off cannot be saved in this browser at the moment: it is lost if you leave this
            page.
          </p>
          <button type="button" onClick={() => setDismissed([...dismissed, "marks"])}>
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
